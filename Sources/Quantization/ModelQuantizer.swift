import Platform
import Engine
import Networks
import MultiBox

/// Makes an 8-bit detector of a float one after training: runs it on photos, notes which values each tensor has, and gives
/// each a range of bytes.
///
/// Weights become int8, symmetric, with a scale for each output channel; activations uint8 with a zero point (Jacob et al.,
/// arXiv 1712.05877; Krishnamoorthi, arXiv 1806.08342). Softmax, L2 normalization and products of tensors stay in floats.
///
/// Not `Sendable`: it belongs to whoever feeds it.
public final class ModelQuantizer {
    let model: DetectionModel
    let instructionSet: InstructionSet
    private let source: Network
    private let tensors: [TensorID: TensorID]
    private let plan: Plan
    private let workspace: Workspace
    private let team: ThreadTeam
    private let pool: InferenceInputPool
    private var histograms: [ValueHistogram]
    /// Of the convolutions that Winograd's method makes faster, by the layer's index.
    private let winogradLayers: [Int]
    private var tiles: [TileHistograms]
    /// Photos seen.
    public private(set) var photoCount = 0

    /// Prepares a detector of floats.
    ///
    /// - Parameter equalizes: Whether channels are scaled first so that bytes serve them alike; not of a network that was
    ///   trained with bytes in mind, whose weights would be rounded elsewhere than in training.
    /// - Throws: `elementType` if it is quantized already, `tooMuchMemory` if its tensors together are too large,
    ///   `outOfMemory` if the system has not as much.
    public init(
        _ model: DetectionModel, instructionSet: InstructionSet = .best, threads: Int = 1, equalizes: Bool = true
    ) throws(NetworkError) {
        if let quantized = model.network.layers.first(where: { model.network[$0.output].element != .float32 }) {
            throw .elementType(layer: quantized.name, reason: "the network is quantized already")
        }
        let model = try model.foldingBatchNormalization()
        self.model = model
        self.instructionSet = instructionSet
        (source, tensors) = try (equalizes ? model.network.equalized() : model.network).unfolded()
        plan = try Plan(network: source, instructionSet: instructionSet)
        workspace = try Workspace(plan: plan, capacity: 1, threads: threads)
        team = ThreadTeam(size: threads)
        pool = InferenceInputPool(byteCount: source[source.input].size, maximumIdle: 2)
        histograms = source.tensors.map { _ in ValueHistogram() }
        let (layers, windows) = Self.winogradLayers(of: source)
        winogradLayers = layers
        tiles = windows.map(TileHistograms.init)
    }

    /// The threads that it takes.
    var threads: Int { team.size }

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
        tiles.withUnsafeMutableBufferPointer { tiles in
            // Each layer is one part's.
            nonisolated(unsafe) let tiles = tiles
            team.run(parts: parts) { part in
                for index in stride(from: part, to: tiles.count, by: parts) {
                    let id = source.layers[winogradLayers[index]].inputs[0]
                    let address = UnsafeRawPointer(workspace.address(of: id, image: 0))
                    tiles[index].add(address.assumingMemoryBound(to: Float.self), shape: source[id].shape)
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
    ///   - winograd: whether dense 3×3 convolutions of stride 1 that are faster so are computed by Winograd's method in
    ///     bytes, which rounds once more than plain sums.
    ///   - staysFloat: whether the convolution of this name keeps its floats.
    /// - Throws: if the network cannot be built.
    public func quantized(
        range: CalibrationRange = .percentile, winograd: Bool = false, staysFloat: (String) -> Bool = { _ in false }
    ) throws(NetworkError) -> DetectionModel {
        precondition(photoCount > 0, "ranges come from photos")
        let isResult = Self.results(of: source)
        // Of a result the rare large values are the detections.
        let ranges = histograms.indices.map { histograms[$0].range(isResult[$0] ? .minmax : range) }
        var magnitudes: [Int: [Float]] = [:]
        if winograd {
            for (layer, tiles) in zip(winogradLayers, tiles) { magnitudes[layer] = tiles.magnitudes(range) }
        }
        var network = try NetworkQuantizer(
            source, preprocessing: model.preprocessing, ranges: ranges, tileMagnitudes: magnitudes,
            staysFloat: staysFloat)
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

    /// The convolutions that Winograd's method makes faster, with their windows.
    private static func winogradLayers(of network: Network) -> (layers: [Int], windows: [Window]) {
        var result: (layers: [Int], windows: [Window]) = ([], [])
        for (index, layer) in network.layers.enumerated() {
            guard case .convolution(let convolution) = layer.operation,
                network.winogradIsFaster(convolution, in: layer)
            else { continue }
            result.layers.append(index)
            result.windows.append(convolution.window)
        }
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
