import MultiBox
import Networks

/// Builds a network of PyTorch's modules by the names that their tensors have in a file. Shapes of kernels are those of the
/// weights; strides and padding, which a file of weights does not say, are the caller's.
struct TorchLayerBuilder: ~Copyable {
    /// What PyTorch's batch normalization adds to the variance, unless told otherwise.
    private static let normalizationEpsilon = 1e-5

    private(set) var network: NetworkBuilder
    private let file: any TensorFile
    /// The tensors that have a place in the network.
    let taken: TakenTensors

    /// Begins with an image.
    ///
    /// - Parameter taken: Learns which tensors are used.
    init(_ file: any TensorFile, width: Int, height: Int, taken: TakenTensors) throws(NetworkError) {
        self.file = file
        self.taken = taken
        network = NetworkBuilder(
            input: try TensorShape(height: height, width: width, channels: 3), element: .float32)
    }

    /// The image.
    var image: TensorID { network.inputTensor }

    /// The shape of a tensor.
    subscript(_ id: TensorID) -> TensorShape { network[id].shape }

    /// Ends the network.
    consuming func build(outputs: [TensorID]) -> Network { network.build(outputs: outputs) }

    // MARK: Layers

    /// `Conv2d`, dense or with a group for each channel, with its bias; then the batch normalization that is
    /// named, and an activation.
    ///
    /// - Parameters:
    ///   - window: The strides, dilation and padding; its kernel is that of the weights.
    ///   - normalization: The name of a `BatchNorm2d`.
    mutating func convolution(
        _ x: TensorID, _ name: String, _ window: Window = Window(kernel: 1), normalization: String? = nil,
        activation: Activation = .none
    ) throws(NetworkError) -> TensorID {
        let weights = try tensor(name + ".weight")
        let channels = self[x].channels
        guard weights.shape.count == 4, weights.shape[1] == channels || weights.shape[1] == 1 else {
            throw .parameterShape(name: weights.name, found: weights.shape, expected: [0, channels, 0, 0])
        }
        let isDepthwise = weights.shape[1] == 1 && channels > 1
        guard !isDepthwise || weights.shape[0] == channels else {
            throw .parameterShape(
                name: weights.name, found: weights.shape, expected: [channels] + weights.shape.dropFirst())
        }
        var window = window
        (window.kernelHeight, window.kernelWidth) = (weights.shape[2], weights.shape[3])
        let isNormalized = normalization != nil
        // Before a normalization a bias has no use, and most have none there.
        let hasBias = !isNormalized || file.tensor(name + ".bias") != nil
        let bias = hasBias ? try values(name + ".bias", [weights.shape[0]]) : []
        let convolution = Convolution(
            window: window, grouping: isDepthwise ? .depthwise : .dense, outputChannels: weights.shape[0],
            parameters: network.floats(
                weights: file.floats(of: weights.permuted(isDepthwise ? [2, 3, 0, 1] : [0, 2, 3, 1])), bias: bias),
            activation: isNormalized ? .none : activation)
        let y = try network.convolution(x, convolution, name: name)
        guard let normalization else { return y }
        return try self.normalization(y, normalization, activation)
    }

    /// `BatchNorm2d`, by its running statistics, and an activation.
    private mutating func normalization(
        _ x: TensorID, _ name: String, _ activation: Activation
    ) throws(NetworkError) -> TensorID {
        let channels = [self[x].channels]
        let y = try network.batchNormalization(
            x, scale: try values(name + ".weight", channels), shift: try values(name + ".bias", channels),
            mean: try values(name + ".running_mean", channels), variance: try values(name + ".running_var", channels),
            epsilon: Self.normalizationEpsilon, name: name)
        return activation == .none ? y : try network.activation(y, activation, name: name + ".activation")
    }

    /// The sum of two maps, and an activation.
    mutating func add(
        _ a: TensorID, _ b: TensorID, activation: Activation = .none, _ name: String
    ) throws(NetworkError) -> TensorID { try network.add(a, b, activation: activation, name: name) }

    /// Maps beside each other, by their channels.
    mutating func concatenation(_ inputs: [TensorID], _ name: String) throws(NetworkError) -> TensorID {
        try network.concatenation(inputs, axis: 2, name: name)
    }

    /// The largest of each 2×2 pixels.
    mutating func halving(_ x: TensorID, _ name: String) throws(NetworkError) -> TensorID {
        try network.maxPooling(x, Window(kernel: 2, stride: 2), name: name)
    }

    /// A map with channels of zeros behind its own.
    mutating func padded(_ x: TensorID, toChannels channels: Int, _ name: String) throws(NetworkError) -> TensorID {
        let more = channels - self[x].channels
        return more > 0 ? try network.pad(x, Pad(back: more), name: name) : x
    }

    /// The rows of a detector's heads: those of each map after those of the one before.
    ///
    /// - Parameters:
    ///   - columns: The numbers of a row.
    ///   - kept: Those of them that are kept, from the first on.
    mutating func rows(
        _ maps: [TensorID], columns: Int, keeping kept: Int? = nil, _ name: String
    ) throws(NetworkError) -> TensorID {
        var parts: [TensorID] = []
        for map in maps {
            let count = self[map].elementCount
            guard count.isMultiple(of: columns) else {
                throw .unexpectedShape(
                    layer: name, found: self[map].description, expected: "\(columns) channels for each box")
            }
            parts.append(try network.reshape(map, to: TensorShape([count / columns, columns]), name: name))
        }
        let joined = try network.concatenation(parts, axis: 0, name: name)
        let output = DetectorHeads.Output(name: name, tensor: joined, shape: self[joined].dimensions)
        return try network.detectorRows(output, columns: kept ?? columns, name: name)
    }

    // MARK: Tensors

    private mutating func tensor(_ name: String) throws(NetworkError) -> TorchTensor {
        guard let tensor = file.tensor(name) else { throw .missingParameter(name: name) }
        taken.names.insert(name)
        return tensor
    }

    private mutating func values(_ name: String, _ shape: [Int]) throws(NetworkError) -> [Float] {
        let tensor = try tensor(name)
        guard tensor.shape == shape else {
            throw .parameterShape(name: name, found: tensor.shape, expected: shape)
        }
        return file.floats(of: tensor)
    }
}
