import MultiBox

/// Builds an SSD's layers from an architecture's names and numbers: fetches each layer's parameters and gives every
/// source map its heads.
struct SSDLayerBuilder: ~Copyable {
    /// The deviation of a head's first weights: scores near those of no knowledge, boxes near the default ones.
    private static let headDeviation: Float = 0.01

    private(set) var network: NetworkBuilder
    private var parameters: any ParameterSource
    private let configuration: SSDConfiguration
    private var locations: [TensorID] = []
    private var scores: [TensorID] = []
    /// What batch normalizations add to the variance, of the layers that follow.
    private var normalizationEpsilon: Double

    init(_ configuration: SSDConfiguration, parameters: any ParameterSource) throws(NetworkError) {
        let boxes = configuration.defaultBoxes
        network = NetworkBuilder(
            input: try TensorShape(height: boxes.imageHeight, width: boxes.imageWidth, channels: 3), element: .float32)
        self.parameters = parameters
        self.configuration = configuration
        normalizationEpsilon = configuration.architecture.normalizationEpsilon
    }

    /// The network with everything that was added; its outputs are the raw offsets and the raw scores.
    consuming func finish() throws(NetworkError) -> Network {
        let locations = try network.concatenation(self.locations, axis: 0, name: "locations")
        let scores = try network.concatenation(self.scores, axis: 0, name: "scores")
        return network.build(outputs: [locations, scores])
    }

    // MARK: Layers

    /// A dense convolution with a bias.
    mutating func convolution(
        _ x: TensorID, _ name: String, channels: Int, _ window: Window, _ activation: Activation,
        initialDeviation: Float? = nil
    ) throws(NetworkError) -> TensorID {
        try convolution(
            x, name, .dense, channels: channels, window, activation, hasBias: true, initialDeviation: initialDeviation)
    }

    /// A depthwise convolution with a bias.
    mutating func depthwise(
        _ x: TensorID, _ name: String, _ window: Window, _ activation: Activation
    ) throws(NetworkError) -> TensorID {
        try convolution(
            x, name, .depthwise, channels: network[x].shape.channels, window, activation, hasBias: true)
    }

    /// A dense convolution without bias, a batch normalization, an activation.
    mutating func normalizedConvolution(
        _ x: TensorID, _ name: String, channels: Int, _ window: Window, _ activation: Activation
    ) throws(NetworkError) -> TensorID {
        let y = try convolution(x, name, .dense, channels: channels, window, .none, hasBias: false)
        return try normalization(y, name, activation)
    }

    /// A depthwise convolution without bias, a batch normalization, an activation.
    mutating func normalizedDepthwise(
        _ x: TensorID, _ name: String, _ window: Window, _ activation: Activation
    ) throws(NetworkError) -> TensorID {
        let channels = network[x].shape.channels
        let y = try convolution(x, name, .depthwise, channels: channels, window, .none, hasBias: false)
        return try normalization(y, name, activation)
    }

    private mutating func convolution(
        _ x: TensorID, _ name: String, _ grouping: Convolution.Grouping, channels: Int, _ window: Window,
        _ activation: Activation, hasBias: Bool, initialDeviation: Float? = nil
    ) throws(NetworkError) -> TensorID {
        let shape = Convolution.weightShape(
            window, grouping, outputChannels: channels, inputChannels: network[x].shape.channels)
        let weights = try parameter(name, .weight, shape, initialDeviation: initialDeviation)
        let bias = hasBias ? try parameter(name, .bias, [channels]) : []
        return try network.convolution(
            x,
            Convolution(
                window: window, grouping: grouping, outputChannels: channels,
                parameters: network.floats(weights: weights, bias: bias), activation: activation), name: name)
    }

    private mutating func normalization(
        _ x: TensorID, _ name: String, _ activation: Activation
    ) throws(NetworkError) -> TensorID {
        let channels = [network[x].shape.channels]
        let layer = name + ".norm"
        let y = try network.batchNormalization(
            x, scale: try parameter(layer, .normalizationScale, channels),
            shift: try parameter(layer, .normalizationShift, channels),
            mean: try parameter(layer, .normalizationMean, channels),
            variance: try parameter(layer, .normalizationVariance, channels),
            epsilon: normalizationEpsilon, name: layer)
        return activation == .none ? y : try network.activation(y, activation, name: name + ".activation")
    }

    /// Max pooling.
    mutating func maxPooling(_ x: TensorID, _ name: String, _ window: Window) throws(NetworkError) -> TensorID {
        try network.maxPooling(x, window, name: name)
    }

    /// The sum of two maps.
    mutating func add(_ a: TensorID, _ b: TensorID, _ name: String) throws(NetworkError) -> TensorID {
        try network.add(a, b, name: name)
    }

    /// A map with each pixel as often as makes it so large.
    mutating func enlargement(
        _ x: TensorID, height: Int, width: Int, _ name: String
    ) throws(NetworkError) -> TensorID {
        try network.resize(x, height: height, width: width, mode: .nearest, coordinates: .asymmetric, name: name)
    }

    /// The same elements in another shape.
    mutating func reshape(_ x: TensorID, to shape: TensorShape, _ name: String) throws(NetworkError) -> TensorID {
        try network.reshape(x, to: shape, name: name)
    }

    /// Tensors joined along an axis.
    mutating func concatenation(_ inputs: [TensorID], axis: Int, _ name: String) throws(NetworkError) -> TensorID {
        try network.concatenation(inputs, axis: axis, name: name)
    }

    /// L2 normalization over channels with a learned scale.
    mutating func l2Normalization(_ x: TensorID, _ name: String) throws(NetworkError) -> TensorID {
        let scale = try parameter(name + ".l2", .l2Scale, [network[x].shape.channels])
        return try network.l2Normalization(
            x, scale: scale, epsilon: configuration.l2Epsilon, name: name + ".l2")
    }

    /// Squeeze-and-excitation as in MobileNetV3: the mean of each channel, two 1×1 convolutions with ReLU and hard
    /// sigmoid, and each channel times its result (arXiv 1709.01507, 1905.02244 section 5.3).
    mutating func squeezeExcitation(
        _ x: TensorID, _ name: String, squeezedChannels: Int
    ) throws(NetworkError) -> TensorID {
        let shape = network[x].shape
        let map = Window(kernelHeight: shape.height, kernelWidth: shape.width, strideY: 1, strideX: 1)
        let mean = try network.averagePooling(x, map, name: name + ".mean")
        let squeezed = try convolution(mean, name + ".squeeze", channels: squeezedChannels, Window(kernel: 1), .relu)
        let excited = try convolution(
            squeezed, name + ".excite", channels: shape.channels, Window(kernel: 1), .hardSigmoid)
        return try network.scaleChannels(x, by: excited, name: name + ".scale")
    }

    // MARK: Source maps

    /// What follows is added to the backbone.
    mutating func endBackbone() { normalizationEpsilon = SSDArchitecture.addedNormalizationEpsilon }

    /// Makes `x` the next source map: adds its localization and classification heads, whose channel block k becomes the
    /// row of the cell's box k.
    mutating func addSourceMap(_ x: TensorID) throws(NetworkError) {
        let index = locations.count
        let maps = configuration.defaultBoxes.maps
        precondition(index < maps.count, "an architecture has as many source maps as its default boxes")
        let boxes = maps[index].boxesPerCell
        let names = configuration.architecture.headNames(ofMap: index, rows: maps[index].rows)
        let epsilon = normalizationEpsilon
        normalizationEpsilon = SSDArchitecture.addedNormalizationEpsilon
        defer { normalizationEpsilon = epsilon }
        locations.append(try head(x, names.locations, boxesPerCell: boxes, columns: 4))
        scores.append(try head(x, names.scores, boxesPerCell: boxes, columns: configuration.classCount))
    }

    private mutating func head(
        _ x: TensorID, _ name: String, boxesPerCell: Int, columns: Int
    ) throws(NetworkError) -> TensorID {
        let channels = boxesPerCell * columns
        let map: TensorID
        switch configuration.architecture.head {
        case .convolution(let kernel):
            map = try convolution(
                x, name, channels: channels, Window(kernel: kernel, padding: kernel / 2), .none,
                initialDeviation: Self.headDeviation)
        case .separable:
            let depthwise = try normalizedDepthwise(x, name + ".depthwise", Window(kernel: 3, padding: 1), .relu6)
            map = try convolution(
                depthwise, name, channels: channels, Window(kernel: 1), .none, initialDeviation: Self.headDeviation)
        }
        let shape = network[map].shape
        return try network.reshape(
            map, to: try TensorShape([shape.height * shape.width * boxesPerCell, columns]), name: name + ".rows")
    }

    // MARK: Parameters

    private mutating func parameter(
        _ layer: String, _ role: ParameterRole, _ shape: [Int], initialDeviation: Float? = nil
    ) throws(NetworkError) -> [Float] {
        let description = ParameterDescription(
            layer: layer, role: role, shape: shape, initialDeviation: initialDeviation)
        let values = try parameters.values(of: description)
        precondition(values.count == description.count, "a source gives as many values as it is asked for")
        return values
    }
}
