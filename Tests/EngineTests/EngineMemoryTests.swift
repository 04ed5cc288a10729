import Platform
import MultiBox
import Engine
import Networks
import Testing

/// The memory of an engine: known, and bounded, before any is taken.
struct EngineMemoryTests {
    /// A detector whose one map has `side`² cells of `channels` channels before its heads.
    private func model(side: Int, channels: Int) throws -> DetectionModel {
        var builder = NetworkBuilder(input: try TensorShape(height: side, width: side, channels: 3), element: .float32)
        func convolution(_ builder: inout NetworkBuilder, _ x: TensorID, _ channels: Int, _ name: String) throws
            -> TensorID
        {
            let weights = [Float](repeating: 0.5, count: builder[x].shape.channels * channels)
            return try builder.convolution(
                x,
                Convolution(
                    window: Window(kernel: 1), grouping: .dense, outputChannels: channels,
                    parameters: builder.floats(weights: weights, bias: []), activation: .none), name: name)
        }
        let wide = try convolution(&builder, builder.inputTensor, channels, "wide")
        let pooled = try builder.maxPooling(
            wide, Window(kernelHeight: side, kernelWidth: side, strideY: 1, strideX: 1), name: "pool")
        var outputs: [TensorID] = []
        for (name, columns) in [("locations", 4), ("scores", 2)] {
            let head = try convolution(&builder, pooled, columns, name)
            outputs.append(try builder.reshape(head, to: try TensorShape([1, columns]), name: name))
        }
        let maps = [DefaultBoxConfiguration.SourceMap(size: 1, minimumSizes: [1])]
        return DetectionModel(
            name: "wide", version: "0", architecture: "test", network: builder.build(outputs: outputs),
            locations: outputs[0], scores: outputs[1],
            preprocessing: Preprocessing(
                width: side, height: side, channelOrder: .rgb,
                normalization: .affine(scale: [1, 1, 1], bias: [0, 0, 0])),
            labels: try LabelMap(names: [nil, "a"], hasBackground: true),
            defaultBoxes: .generated(DefaultBoxConfiguration(imageWidth: side, imageHeight: side, maps: maps)),
            coder: .ssd, output: DetectionOutputConfiguration(classCount: 2))
    }

    private func configuration(batch: Int, streams: Int, limit: Int = .max) -> EngineConfiguration {
        var configuration = EngineConfiguration(streams: streams, maximumBatchSize: batch)
        configuration.maximumMemory = limit
        return configuration
    }

    @Test func `an engine takes what was said, and no less memory is enough`() throws {
        let model = try model(side: 16, channels: 64)
        let memory = try InferenceEngine.memory(of: model, configuration: configuration(batch: 4, streams: 2))
        #expect(memory.arena >= 16 * 16 * 64 * 4)
        #expect(memory.parameters == (3 * 64 + 64 * 6) * 4)
        let engine = try InferenceEngine(
            model: model, configuration: configuration(batch: 4, streams: 2, limit: memory.peak))
        #expect(engine.memory == memory)
        #expect(engine.weightBytes == memory.weights && engine.arenaBytes == memory.arena)
        let error = refusal(of: model, configuration(batch: 4, streams: 2, limit: memory.peak - 1))
        guard case .memory(let needed, let inUse, let limit)? = error else {
            Issue.record("a byte less is enough, or \(error as Any)")
            return
        }
        #expect(needed == memory)
        #expect(inUse == 0 && limit == memory.peak - 1)
    }

    /// Why an engine cannot be made.
    private func refusal(of model: DetectionModel, _ configuration: EngineConfiguration) -> EngineError? {
        do throws(EngineError) {
            _ = try InferenceEngine(model: model, configuration: configuration)
            return nil
        } catch { return error }
    }

    @Test func `batches and streams count, and an engine that is in service`() throws {
        let model = try model(side: 16, channels: 64)
        func memory(_ batch: Int, _ streams: Int) throws -> EngineMemory {
            try InferenceEngine.memory(of: model, configuration: configuration(batch: batch, streams: streams))
        }
        let (one, more) = (try memory(1, 1), try memory(8, 3))
        #expect(more.held - one.held >= 23 * one.arena)
        var tight = configuration(batch: 8, streams: 3, limit: 2 * more.peak)
        tight.memoryInUse = more.peak + 1
        #expect(throws: EngineError.self) { try InferenceEngine(model: model, configuration: tight) }
        #expect(
            more.need(inUse: 5)
                == "the model needs \(more.peak) bytes with batches of 8 on 3 streams, beside 5 of the model in service"
        )
        tight.memoryInUse = .max
        #expect(throws: EngineError.self) { try InferenceEngine(model: model, configuration: tight) }
    }

    @Test("A small file with an arena near its limit is refused by numbers, or by the system, and ends nothing")
    func hugeArena() throws {
        // 1020 MiB an image.
        let model = try model(side: 1024, channels: 255)
        let memory = try InferenceEngine.memory(of: model, configuration: configuration(batch: 256, streams: 1024))
        #expect(memory.parameters < 1 << 14 && memory.arena > 1000 << 20 && memory.held > 1 << 47)
        guard case .memory? = refusal(of: model, configuration(batch: 8, streams: 2, limit: 4 << 30)) else {
            Issue.record("16 GiB are no 4")
            return
        }
        // More than any address space has.
        guard case .network(.outOfMemory(let bytes))? = refusal(of: model, configuration(batch: 256, streams: 1024))
        else {
            Issue.record("2⁴⁸ bytes were given")
            return
        }
        #expect(bytes > 1 << 37)
    }

    @Test(
        "Narrow layers, whose packed weights are many times as large, are counted as they are packed",
        arguments: InstructionSet.available)
    func narrowLayers(instructionSet: InstructionSet) throws {
        var builder = NetworkBuilder(input: try TensorShape(height: 1, width: 1, channels: 512), element: .float32)
        var x = builder.inputTensor
        for index in 0..<20 {
            for (from, to) in [(512, 1), (1, 512)] {
                let convolution = Convolution(
                    window: Window(kernel: 1), grouping: .dense, outputChannels: to,
                    parameters: builder.floats(weights: [Float](repeating: 0.01, count: from * to), bias: []),
                    activation: .none)
                x = try builder.convolution(x, convolution, name: "\(index).\(to)")
            }
        }
        let network = builder.build(outputs: [x])
        let plan = try Plan(network: network, instructionSet: instructionSet)
        #expect(plan.weightSize > 20 * 2 * 512 * 4)
    }

    @Test func `where limits are written, and what they say`() {
        #expect(
            AvailableMemory.limitFiles(ofGroups: "1:name=systemd:/x\n0::/a.slice/b\n") == [
                "/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes",
                "/sys/fs/cgroup/a.slice/b/memory.max", "/sys/fs/cgroup/a.slice/memory.max",
            ])
        #expect(AvailableMemory.limitFiles(ofGroups: "0::/").count == 2)
        #expect(AvailableMemory.limit(in: "1073741824") == 1 << 30)
        for text in ["max", "", "-1", "0", "1e9"] { #expect(AvailableMemory.limit(in: text) == nil) }
        #expect(AvailableMemory.bytes > 1 << 20)
    }
}
