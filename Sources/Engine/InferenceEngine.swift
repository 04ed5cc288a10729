import Networks
import MultiBox
import Synchronization

/// Runs a detector: compiled once, shared by everyone. Each of its streams takes one batch at a time, on threads of its
/// own.
public final class InferenceEngine: Sendable {
    /// The detector, its network without parameters: the engine holds them packed, and nobody needs them twice.
    public let model: DetectionModel
    /// How the engine uses the machine.
    public let configuration: EngineConfiguration

    /// What it holds, and what it took to be made.
    public let memory: EngineMemory

    private let plan: Plan
    private let output: DetectionOutput
    private let pool: InferenceInputPool
    private let streams: [LockedStream]
    private let budget: ThreadBudget

    /// A stream behind its lock, which nobody contends for as long as each stream has one user.
    private final class LockedStream: Sendable {
        let stream: Mutex<InferenceStream>

        init(_ stream: InferenceStream) { self.stream = Mutex(stream) }
    }

    /// Compiles a detector.
    ///
    /// - Throws: `EngineError` if the parts of the model do not fit together or need too much memory; none is taken then.
    public init(model: DetectionModel, configuration: EngineConfiguration = .init()) throws(EngineError) {
        precondition(configuration.streams >= 1 && configuration.threadsPerStream >= 1)
        precondition(configuration.maximumBatchSize >= 1)
        budget =
            configuration.budget
            ?? ThreadBudget(threads: configuration.threads, threadsPerBatch: configuration.threadsPerStream)
        precondition(budget.threadsPerBatch <= configuration.threadsPerStream, "memory for each thread of a team")
        var model = model
        do throws(NetworkError) { model = try model.foldingBatchNormalization() } catch { throw .network(error) }
        let (draft, output, memory) = try Self.drafted(model, configuration)
        let (total, overflows) = memory.peak.addingReportingOverflow(configuration.memoryInUse)
        guard !overflows, total <= configuration.maximumMemory else {
            throw .memory(memory, inUse: configuration.memoryInUse, limit: configuration.maximumMemory)
        }
        let plan: Plan
        var streams: [LockedStream] = []
        do throws(NetworkError) {
            plan = try Plan(draft)
            for _ in 0..<configuration.streams {
                let stream = try InferenceStream(plan: plan, output: output, configuration: configuration)
                streams.append(LockedStream(stream))
            }
        } catch { throw .network(error) }
        model.network = plan.network
        self.model = model
        self.configuration = configuration
        self.output = output
        self.plan = plan
        pool = InferenceInputPool(
            byteCount: model.network[model.network.input].size,
            maximumIdle: configuration.maximumBatchSize * (configuration.streams + 1))
        self.streams = streams
        self.memory = memory
    }

    /// The memory that an engine for a detector would take, of which none is taken.
    ///
    /// - Throws: `EngineError` if the parts of the model do not fit together.
    public static func memory(
        of model: DetectionModel, configuration: EngineConfiguration
    ) throws(EngineError) -> EngineMemory {
        try drafted(model, configuration).memory
    }

    private static func drafted(
        _ model: DetectionModel, _ configuration: EngineConfiguration
    ) throws(EngineError) -> (draft: PlanDraft, output: DetectionOutput, memory: EngineMemory) {
        let output: DetectionOutput
        do throws(DetectionModelError) {
            output = try model.detectionOutput(softmaxScan: configuration.instructionSet.softmaxScan)
        } catch { throw .model(error) }
        do throws(NetworkError) {
            let draft = try PlanDraft(
                network: model.network, instructionSet: configuration.instructionSet,
                precision: configuration.precision)
            let memory = EngineMemory(
                draft.memory, inputSize: model.network[model.network.input].size,
                postProcessing: output.maximumWorkspaceSize, configuration: configuration)
            return (draft, output, memory)
        } catch { throw .network(error) }
    }

    /// Memory for the input of one photo.
    public func makeInput() -> InferenceInput { pool.take() }

    /// The arithmetic of the network: `int8` for quantized models, else the configuration's.
    public var precision: ModelPrecision { model.precision == .int8 ? .int8 : configuration.precision.ofModels }

    /// Convolutions with one group.
    public var denseConvolutions: Int {
        plan.network.layers.count { layer in
            guard case .convolution(let convolution) = layer.operation else { return false }
            return convolution.grouping == .dense
        }
    }

    /// Those of them that are computed in bfloat16: not all where single precision is as fast.
    public var bfloat16Convolutions: Int { plan.bfloat16Convolutions }

    /// Bytes of the packed weights, which all streams share.
    public var weightBytes: Int { plan.weightSize }

    /// Bytes that one image of a batch takes in each stream.
    public var arenaBytes: Int { plan.arenaSize }

    /// Images from which on a larger batch gains nothing, at most `maximumBatchSize`. A network whose weights weigh less
    /// than what its layers hand on is run image by image: one on each thread that a stream has while all are busy.
    public var sufficientBatchSize: Int {
        guard plan.prefersImages else { return configuration.maximumBatchSize }
        let threads = min(configuration.threadsPerStream, configuration.threads / configuration.streams)
        return min(configuration.maximumBatchSize, max(1, threads))
    }

    /// The detections of a batch.
    ///
    /// - Parameters:
    ///   - inputs: between one and `maximumBatchSize` photos, made by `makeInput` of this engine.
    ///   - options: what to report, for each.
    ///   - stream: which of the streams runs it.
    public func detect(_ inputs: [InferenceInput], options: [DetectionOptions], stream: Int = 0) -> BatchResult {
        precondition(options.count == inputs.count)
        return withNetworkRun(inputs, stream: stream) { stream, inference in
            let clock = ContinuousClock()
            let start = clock.now
            let detections = inputs.indices.map {
                stream.detections(of: $0, model: model, output: output, options: options[$0])
            }
            return BatchResult(
                detections: detections, inference: inference, postprocess: start.duration(to: clock.now))
        }
    }

    /// The raw outputs of a batch.
    public func rawOutputs(_ inputs: [InferenceInput], stream: Int = 0) -> [RawOutputs] {
        withNetworkRun(inputs, stream: stream) { stream, _ in
            inputs.indices.map { stream.rawOutputs(of: $0, model: model) }
        }
    }

    /// The detections in raw outputs that come from elsewhere, of one image.
    ///
    /// - Parameters:
    ///   - raw: as many locations and scores as the model's outputs have.
    ///   - options: what to report.
    ///   - stream: whose memory is used.
    public func detections(in raw: RawOutputs, options: DetectionOptions, stream: Int = 0) -> [Detection] {
        streams[stream].stream.withLock { $0.detections(in: raw, output: output, options: options) }
    }

    /// Runs the network alone and leaves its outputs where they are: what a benchmark times.
    ///
    /// - Parameter observe: called after each of `layerNames`, in their order, where the time of each is wanted.
    public func runNetwork(_ inputs: [InferenceInput], stream: Int = 0, observe: ((Int) -> Void)? = nil) {
        withNetworkRun(inputs, stream: stream, observe: observe) { _, _ in }
    }

    /// The steps that a run takes, for tables: several layers may have become one, and views take no step.
    public var steps: [EngineStep] {
        zip(plan.steps, plan.stepNames).map { step, name in
            let layers = step.layers.map { plan.network.layers[$0] }
            return EngineStep(
                name: name, kind: step.kernel.kind(of: layers.map(\.operation.kind)),
                method: step.kernel.method + "/" + plan.instructionSet.name,
                output: plan.network.tensors[step.output].shape,
                multiplyAdds: layers.reduce(0) { $0 + plan.network.multiplyAdds(of: $1) })
        }
    }

    /// What each pass over the network's steps did, in their order.
    public var passes: [PassReport] { plan.passes }

    private func withNetworkRun<R>(
        _ inputs: [InferenceInput], stream index: Int, observe: ((Int) -> Void)? = nil,
        _ body: (InferenceStream, Duration) -> R
    ) -> R {
        precondition((1...configuration.maximumBatchSize).contains(inputs.count), "a batch within the limit")
        return streams[index].stream.withLock { stream in
            for (image, input) in inputs.enumerated() {
                precondition(input.byteCount == pool.byteCount, "an input of this engine")
                stream.workspace.setInput(input.memory.address, tensor: plan.network.input, image: image)
            }
            let clock = ContinuousClock()
            let start = clock.now
            // A batch that is alone has all threads, and gives some up at its next layer when another begins.
            budget.withTeam { team in
                plan.run(
                    stream.workspace, images: inputs.count, team: team, width: { budget.share }, observe: observe)
            }
            return body(stream, start.duration(to: clock.now))
        }
    }
}
