/// Builds a network layer by layer and proves it on the way: every shape, parameter count and element type is checked
/// when the layer is added, so that a finished `Network` holds no surprise. What a model file says goes through here.
public struct NetworkBuilder: ~Copyable {
    /// The most layers a network may have.
    public static let maximumLayers = 4096
    /// The most inputs a concatenation may have.
    public static let maximumInputs = 256

    private var tensors: [Tensor] = []
    private var layers: [Layer] = []
    private let input: TensorID
    /// The parameters of the layers so far.
    private(set) var parameters = ParameterStore()

    /// Begins a network with its image tensor.
    public init(input shape: TensorShape, element: ElementType) {
        tensors = [Tensor(shape: shape, element: element)]
        input = TensorID(index: 0)
    }

    /// The image tensor.
    public var inputTensor: TensorID { input }

    /// The tensor of an identifier of this builder.
    public subscript(_ id: TensorID) -> Tensor { tensors[id.index] }

    /// Ends the network: `outputs` are what it is for.
    public consuming func build(outputs: [TensorID]) -> Network {
        Network(tensors: tensors, layers: layers, input: input, outputs: outputs, parameters: parameters)
    }

    // MARK: Layers

    /// Adds max pooling of a feature map.
    public mutating func maxPooling(_ x: TensorID, _ window: Window, name: String) throws(NetworkError) -> TensorID {
        let output = try pooled(x, window, layer: name)
        return try append(.maxPooling(window), [x], Tensor(shape: output, element: self[x].element), name)
    }

    /// Adds average pooling of a feature map.
    public mutating func averagePooling(
        _ x: TensorID, _ window: Window, countPadding: Bool = false, name: String
    ) throws(NetworkError) -> TensorID {
        let output = try pooled(x, window, layer: name)
        if countPadding, self[x].element != .float32 {
            throw .elementType(layer: name, reason: "an average over padding needs float elements")
        }
        let operation = Operation.averagePooling(window, countPadding: countPadding)
        return try append(operation, [x], Tensor(shape: output, element: self[x].element), name)
    }

    /// Adds a function of each element; on quantized input, `element` is the quantization of the result.
    public mutating func activation(
        _ x: TensorID, _ activation: Activation, element: ElementType = .float32, name: String
    ) throws(NetworkError) -> TensorID {
        guard (element == .float32) == (self[x].element == .float32) else {
            throw .elementType(layer: name, reason: "an activation keeps float or quantized elements as they are")
        }
        return try append(.activation(activation), [x], Tensor(shape: self[x].shape, element: element), name)
    }

    /// Adds the sum of two tensors of one shape.
    public mutating func add(
        _ a: TensorID, _ b: TensorID, activation: Activation = .none, element: ElementType = .float32, name: String
    ) throws(NetworkError) -> TensorID {
        try requireEqualShapes(a, b, layer: name)
        guard (element == .float32) == (self[a].element == .float32),
            (element == .float32) == (self[b].element == .float32)
        else { throw .elementType(layer: name, reason: "a sum is of float tensors or of quantized ones") }
        if element != .float32, activation.clamp == nil {
            throw .elementType(layer: name, reason: "\(activation.rawValue) after a quantized sum is not supported")
        }
        return try append(.add(activation), [a, b], Tensor(shape: self[a].shape, element: element), name)
    }

    /// Adds the product of two float tensors of one shape.
    public mutating func multiply(_ a: TensorID, _ b: TensorID, name: String) throws(NetworkError) -> TensorID {
        try requireEqualShapes(a, b, layer: name)
        guard self[a].element == .float32, self[b].element == .float32 else {
            throw .elementType(layer: name, reason: "a product of quantized tensors is not supported")
        }
        return try append(.multiply, [a, b], Tensor(shape: self[a].shape, element: .float32), name)
    }

    /// Adds the product of each channel of the feature map `x` and the channel's factor in `scale`, 1×1×channels; of
    /// quantized ones, `element` is the quantization of the result.
    public mutating func scaleChannels(
        _ x: TensorID, by scale: TensorID, element: ElementType = .float32, name: String
    ) throws(NetworkError) -> TensorID {
        let shape = try featureMap(x, layer: name)
        guard self[scale].shape.dimensions == [1, 1, shape.channels] else {
            throw .unexpectedShape(
                layer: name, found: self[scale].shape.description, expected: "1×1×\(shape.channels)")
        }
        guard (element == .float32) == (self[x].element == .float32),
            (element == .float32) == (self[scale].element == .float32)
        else { throw .elementType(layer: name, reason: "channels and their factors are both float or both quantized") }
        return try append(.scaleChannels, [x, scale], Tensor(shape: shape, element: element), name)
    }

    /// Joins tensors along an axis of their shape (without the batch). Quantized inputs must have the quantization of
    /// the result: `convert` them first.
    public mutating func concatenation(_ inputs: [TensorID], axis: Int, name: String) throws(NetworkError) -> TensorID {
        guard let first = inputs.first, inputs.count <= Self.maximumInputs else {
            throw .invalidParameter(layer: name, parameter: "inputs", reason: "are none or too many")
        }
        var dimensions = self[first].shape.dimensions
        guard dimensions.indices.contains(axis) else {
            throw .invalidParameter(layer: name, parameter: "axis", reason: "\(axis) is not in the shape")
        }
        for id in inputs.dropFirst() {
            var other = self[id].shape.dimensions
            guard other.count == dimensions.count else {
                throw .unexpectedShape(
                    layer: name, found: self[id].shape.description, expected: self[first].shape.description)
            }
            let extent = other[axis]
            other[axis] = dimensions[axis]
            guard other == dimensions else {
                throw .unexpectedShape(
                    layer: name, found: self[id].shape.description, expected: self[first].shape.description)
            }
            dimensions[axis] += extent
        }
        guard inputs.allSatisfy({ self[$0].element == self[first].element }) else {
            throw .elementType(layer: name, reason: "the inputs of a concatenation have one element type")
        }
        let shape = try TensorShape(dimensions)
        return try append(
            .concatenation(axis: axis), inputs, Tensor(shape: shape, element: self[first].element), name)
    }

    /// Gives the elements another shape.
    public mutating func reshape(_ x: TensorID, to shape: TensorShape, name: String) throws(NetworkError) -> TensorID {
        guard shape.elementCount == self[x].shape.elementCount else {
            throw .unexpectedShape(layer: name, found: self[x].shape.description, expected: shape.description)
        }
        return try append(.reshape, [x], Tensor(shape: shape, element: self[x].element), name)
    }

    /// Adds a softmax over the innermost extent of a float tensor.
    public mutating func softmax(_ x: TensorID, name: String) throws(NetworkError) -> TensorID {
        guard self[x].element == .float32 else {
            throw .elementType(layer: name, reason: "a softmax needs float elements")
        }
        return try append(.softmax, [x], self[x], name)
    }

    /// Adds L2 normalization over the channels of a float feature map, with a scale for each.
    public mutating func l2Normalization(
        _ x: TensorID, scale: [Float], epsilon: Float = 1e-10, name: String
    ) throws(NetworkError) -> TensorID {
        let shape = try featureMap(x, layer: name)
        guard self[x].element == .float32 else {
            throw .elementType(layer: name, reason: "an L2 normalization needs float elements")
        }
        let id = try channelParameter(scale, .l2Scale, channels: shape.channels, layer: name)
        return try append(.l2Normalization(scale: id, epsilon: epsilon), [x], self[x], name)
    }

    /// Adds batch normalization of a float feature map: γ, β, running mean and running variance, one a channel each.
    ///
    /// - Parameters:
    ///   - epsilon: What is added to the variance; positive and finite.
    ///   - momentum: The share of the running statistics that each batch of training replaces, 0 to 1.
    public mutating func batchNormalization(
        _ x: TensorID, scale: [Float], shift: [Float], mean: [Float], variance: [Float], epsilon: Double = 1e-3,
        momentum: Float = 0.1, name: String
    ) throws(NetworkError) -> TensorID {
        let channels = try featureMap(x, layer: name).channels
        guard self[x].element == .float32 else {
            throw .elementType(layer: name, reason: "a batch normalization needs float elements")
        }
        guard epsilon > 0, epsilon.isFinite else {
            throw .invalidParameter(layer: name, parameter: "epsilon", reason: "is not positive and finite")
        }
        guard (0...1).contains(momentum) else {
            throw .invalidParameter(layer: name, parameter: "momentum", reason: "is not within 0 and 1")
        }
        guard variance.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
            throw .invalidParameter(layer: name, parameter: "variance", reason: "is negative or not finite")
        }
        let normalization = BatchNormalization(
            scale: try channelParameter(scale, .normalizationScale, channels: channels, layer: name),
            shift: try channelParameter(shift, .normalizationShift, channels: channels, layer: name),
            mean: try channelParameter(mean, .normalizationMean, channels: channels, layer: name),
            variance: try channelParameter(variance, .normalizationVariance, channels: channels, layer: name),
            epsilon: epsilon, momentum: momentum)
        return try append(.batchNormalization(normalization), [x], self[x], name)
    }

    /// Gives the values another element type: quantizes, dequantizes or requantizes.
    public mutating func convert(
        _ x: TensorID, to element: ElementType, name: String
    ) throws(NetworkError) -> TensorID {
        try append(.convert, [x], Tensor(shape: self[x].shape, element: element), name)
    }

    // MARK: Parameters

    /// Adds a parameter of a value a channel.
    mutating func channelParameter(
        _ values: [Float], _ role: ParameterRole, channels: Int, layer: String
    ) throws(NetworkError) -> ParameterID {
        guard values.count == channels else {
            throw .parameterCount(layer: layer, parameter: role.suffix, found: values.count, expected: channels)
        }
        return add(values, role, shape: [channels], layer: layer)
    }

    /// Adds a parameter whose number of values the caller proves.
    mutating func add(_ values: [Float], _ role: ParameterRole, shape: [Int], layer: String) -> ParameterID {
        parameters.add(Parameter(ParameterDescription(layer: layer, role: role, shape: shape), values: values))
    }

    /// Says what a parameter is, once that is known.
    mutating func describe(_ id: ParameterID, _ description: ParameterDescription) {
        parameters[id] = Parameter(description, values: parameters[id].values)
    }

    // MARK: Checks

    mutating func append(
        _ operation: Operation, _ inputs: [TensorID], _ output: Tensor, _ name: String
    ) throws(NetworkError) -> TensorID {
        guard layers.count < Self.maximumLayers else { throw .tooManyLayers(limit: Self.maximumLayers) }
        let id = TensorID(index: tensors.count)
        tensors.append(output)
        layers.append(Layer(name: name, operation: operation, inputs: inputs, output: id))
        return id
    }

    func featureMap(_ x: TensorID, layer: String) throws(NetworkError) -> TensorShape {
        let shape = self[x].shape
        guard shape.isFeatureMap else {
            throw .unexpectedShape(layer: layer, found: shape.description, expected: "height×width×channels")
        }
        return shape
    }

    func windowed(
        _ shape: TensorShape, _ window: Window, channels: Int, layer: String
    ) throws(NetworkError) -> TensorShape {
        guard window.isReasonable else {
            throw .invalidParameter(
                layer: layer, parameter: "window", reason: "has a size, stride, dilation or padding out of range")
        }
        let size = window.outputSize(inputHeight: shape.height, inputWidth: shape.width)
        guard size.height > 0, size.width > 0 else {
            throw .unexpectedShape(layer: layer, found: shape.description, expected: "a map that its window fits in")
        }
        return try TensorShape(height: size.height, width: size.width, channels: channels)
    }

    private func pooled(_ x: TensorID, _ window: Window, layer: String) throws(NetworkError) -> TensorShape {
        guard window.dilationY == 1, window.dilationX == 1 else {
            throw .invalidParameter(layer: layer, parameter: "dilation", reason: "of a pooling is not supported")
        }
        // Padding as wide as the kernel would make windows that lie outside the input altogether.
        guard max(window.paddingTop, window.paddingBottom) < window.kernelHeight,
            max(window.paddingLeft, window.paddingRight) < window.kernelWidth
        else { throw .invalidParameter(layer: layer, parameter: "padding", reason: "is as wide as the kernel") }
        let shape = try featureMap(x, layer: layer)
        return try windowed(shape, window, channels: shape.channels, layer: layer)
    }

    private func requireEqualShapes(_ a: TensorID, _ b: TensorID, layer: String) throws(NetworkError) {
        guard self[a].shape == self[b].shape else {
            throw .unexpectedShape(
                layer: layer, found: self[b].shape.description, expected: self[a].shape.description)
        }
    }
}
