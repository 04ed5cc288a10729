import MultiBox

/// Makes an 8-bit detector of a float one after training: runs it on photos, notes which values each tensor has, and gives
/// each a range of bytes.
///
/// Weights become int8, symmetric, with a scale for each output channel; activations uint8 with a zero point (Jacob et al.,
/// arXiv 1712.05877; Krishnamoorthi, arXiv 1806.08342). Softmax, L2 normalization and products of tensors stay in floats.
///
/// Not `Sendable`: it belongs to whoever feeds it.
public final class ModelQuantizer {
    private let model: DetectionModel
    private let source: Network
    private let tensors: [TensorID: TensorID]
    private let plan: Plan
    private let workspace: Workspace
    private let team: ThreadTeam
    private let pool: InferenceInputPool
    private var histograms: [ValueHistogram]
    /// Photos seen.
    public private(set) var photoCount = 0

    /// Prepares a detector of floats.
    ///
    /// - Throws: `elementType` if it is quantized already, `tooMuchMemory` if its tensors together are too large.
    public init(
        _ model: DetectionModel, instructionSet: InstructionSet = .best, threads: Int = 1
    ) throws(NetworkError) {
        if let quantized = model.network.layers.first(where: { model.network[$0.output].element != .float32 }) {
            throw .elementType(layer: quantized.name, reason: "the network is quantized already")
        }
        self.model = model
        (source, tensors) = try model.network.equalized().unfolded()
        plan = try Plan(network: source, instructionSet: instructionSet)
        workspace = Workspace(plan: plan, capacity: 1, threads: threads)
        team = ThreadTeam(size: threads)
        pool = InferenceInputPool(byteCount: source[source.input].size, maximumIdle: 2)
        histograms = source.tensors.map { _ in ValueHistogram() }
    }

    /// Memory for the input of one photo.
    public func makeInput() -> InferenceInput { pool.take() }

    /// Runs the network on a photo and notes the values of its tensors.
    public func observe(_ input: InferenceInput) {
        precondition(input.byteCount == pool.byteCount, "an input of this quantizer")
        workspace.setInput(input.memory.address, tensor: source.input, image: 0)
        plan.run(workspace, images: 1, team: team)
        let parts = team.size
        let tensors = [source.input] + source.layers.map(\.output)
        histograms.withUnsafeMutableBufferPointer { histograms in
            // Each tensor is one part's.
            nonisolated(unsafe) let histograms = histograms
            team.run(parts: parts) { part in
                for index in stride(from: part, to: tensors.count, by: parts) {
                    let id = tensors[index]
                    let address = UnsafeRawPointer(workspace.address(of: id, image: 0))
                    histograms[id.index].add(
                        UnsafeBufferPointer(
                            start: address.assumingMemoryBound(to: Float.self), count: source[id].shape.elementCount))
                }
            }
        }
        photoCount += 1
    }

    /// The detector in bytes, by what the photos so far have shown.
    ///
    /// - Parameters:
    ///   - range: how ranges are chosen, of all tensors but those that no convolution reads any more: these have all
    ///     values.
    ///   - staysFloat: whether the convolution of this name keeps its floats.
    /// - Throws: if the network cannot be built.
    public func quantized(
        range: CalibrationRange = .percentile, staysFloat: (String) -> Bool = { _ in false }
    ) throws(NetworkError) -> DetectionModel {
        precondition(photoCount > 0, "ranges come from photos")
        let isResult = Self.results(of: source)
        // Of a result the rare large values are the detections.
        let ranges = histograms.indices.map { histograms[$0].range(isResult[$0] ? .minmax : range) }
        var network = try NetworkQuantizer(
            source, preprocessing: model.preprocessing, ranges: ranges, staysFloat: staysFloat)
        try network.addLayers()
        var result = model
        let outputs = model.network.outputs.map { tensors[$0] ?? $0 }
        let built = try network.finish(outputs: outputs)
        result.network = built.network
        for (old, new) in zip(model.network.outputs, built.outputs) {
            if old == model.locations { result.locations = new }
            if old == model.scores { result.scores = new }
        }
        result.preprocessing = built.preprocessing
        return result
    }

    /// For each tensor whether no convolution reads it or anything that is made of it.
    private static func results(of network: Network) -> [Bool] {
        var isResult = [Bool](repeating: true, count: network.tensors.count)
        for layer in network.layers.reversed() {
            if case .convolution = layer.operation {
                isResult[layer.inputs[0].index] = false
            } else if !isResult[layer.output.index] {
                for input in layer.inputs { isResult[input.index] = false }
            }
        }
        return isResult
    }
}
