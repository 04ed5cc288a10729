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
        Network(tensors: tensors, layers: layers, input: input, outputs: outputs)
    }

    // MARK: Layers

    /// Adds a convolution of `x`, a feature map. A quantized convolution needs `element`, the quantization of what it
    /// makes.
    public mutating func convolution(
        _ x: TensorID, _ convolution: Convolution, element: ElementType = .float32, name: String
    ) throws(NetworkError) -> TensorID {
        let shape = try featureMap(x, layer: name)
        let output = try windowed(
            shape, convolution.window, channels: convolution.outputChannels, layer: name)
        let taps = convolution.window.kernelHeight * convolution.window.kernelWidth
        var weightCount = taps * convolution.outputChannels
        switch convolution.grouping {
        case .dense:
            let (product, overflow) = weightCount.multipliedReportingOverflow(by: shape.channels)
            guard !overflow else {
                throw .invalidParameter(layer: name, parameter: "weights", reason: "are too many")
            }
            weightCount = product
        case .depthwise:
            guard convolution.outputChannels == shape.channels else {
                throw .unexpectedShape(
                    layer: name, found: shape.description, expected: "\(convolution.outputChannels) channels")
            }
        }
        try checkParameters(
            convolution, weightCount: weightCount, input: self[x].element, output: element, layer: name)
        return try append(.convolution(convolution), [x], Tensor(shape: output, element: element), name)
    }

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

    /// Adds L2 normalization over the channels of a float feature map.
    public mutating func l2Normalization(
        _ x: TensorID, scale: [Float], epsilon: Float = 1e-10, name: String
    ) throws(NetworkError) -> TensorID {
        let shape = try featureMap(x, layer: name)
        guard self[x].element == .float32 else {
            throw .elementType(layer: name, reason: "an L2 normalization needs float elements")
        }
        guard scale.count == shape.channels else {
            throw .parameterCount(layer: name, parameter: "scale", found: scale.count, expected: shape.channels)
        }
        return try append(.l2Normalization(scale: scale, epsilon: epsilon), [x], self[x], name)
    }

    /// Gives the values another element type: quantizes, dequantizes or requantizes.
    public mutating func convert(
        _ x: TensorID, to element: ElementType, name: String
    ) throws(NetworkError) -> TensorID {
        try append(.convert, [x], Tensor(shape: self[x].shape, element: element), name)
    }

    // MARK: Checks

    private mutating func append(
        _ operation: Operation, _ inputs: [TensorID], _ output: Tensor, _ name: String
    ) throws(NetworkError) -> TensorID {
        guard layers.count < Self.maximumLayers else { throw .tooManyLayers(limit: Self.maximumLayers) }
        let id = TensorID(index: tensors.count)
        tensors.append(output)
        layers.append(Layer(name: name, operation: operation, inputs: inputs, output: id))
        return id
    }

    private func featureMap(_ x: TensorID, layer: String) throws(NetworkError) -> TensorShape {
        let shape = self[x].shape
        guard shape.isFeatureMap else {
            throw .unexpectedShape(layer: layer, found: shape.description, expected: "height×width×channels")
        }
        return shape
    }

    private func windowed(
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

    private func checkParameters(
        _ convolution: Convolution, weightCount: Int, input: ElementType, output: ElementType, layer: String
    ) throws(NetworkError) {
        let channels = convolution.outputChannels
        func check(_ parameter: String, _ found: Int, _ expected: Int, optional: Bool = false) throws(NetworkError) {
            guard found == expected || (optional && found == 0) else {
                throw .parameterCount(layer: layer, parameter: parameter, found: found, expected: expected)
            }
        }
        switch convolution.parameters {
        case .float32(let weights, let bias):
            guard input == .float32, output == .float32 else {
                throw .elementType(layer: layer, reason: "float weights need float input and output")
            }
            guard convolution.winograd == nil else {
                throw .invalidParameter(layer: layer, parameter: "Winograd factors", reason: "are for int8 weights")
            }
            try check("weights", weights.count, weightCount)
            try check("bias", bias.count, channels, optional: true)
        case .int8(let weights, let zeroPoint, let scales, let bias):
            guard input != .float32, output != .float32 else {
                throw .elementType(layer: layer, reason: "quantized weights need quantized input and output")
            }
            try check("weights", weights.count, weightCount)
            try check("bias", bias.count, channels, optional: true)
            if scales.count != 1 { try check("weight scales", scales.count, channels) }
            guard (-128...127).contains(zeroPoint) else {
                throw .invalidParameter(layer: layer, parameter: "weight zero point", reason: "is not an int8")
            }
            guard scales.allSatisfy({ $0.isFinite && $0 > 0 }) else {
                throw .invalidParameter(layer: layer, parameter: "weight scales", reason: "are not all positive")
            }
            guard bias.allSatisfy({ $0 > .min }), sumsFitInt32(convolution, weights, zeroPoint, bias) else {
                throw .invalidParameter(layer: layer, parameter: "weights", reason: "make sums beyond 32 bits")
            }
            guard convolution.activation.clamp != nil else {
                throw .elementType(
                    layer: layer, reason: "\(convolution.activation.rawValue) after a quantized convolution")
            }
            guard convolution.winograd == nil || (zeroPoint == 0 && WinogradFactors.suit(convolution)) else {
                throw .invalidParameter(
                    layer: layer, parameter: "Winograd factors",
                    reason: "are for dense 3×3 convolutions of stride 1 whose weights' zero point is 0")
            }
        }
    }

    /// Whether no sum over bytes can leave int32, whatever the input: Σ|w − zero point| · 255 + |bias| for each output.
    private func sumsFitInt32(
        _ convolution: Convolution, _ weights: [Int8], _ zeroPoint: Int, _ bias: [Int32]
    ) -> Bool {
        let channels = convolution.outputChannels
        let terms = weights.count / channels
        // A difference of two int8 is at most 255, so so few terms fit in 32 bits, where many are added at once.
        guard terms <= Int(Int32.max) / 255 else { return false }
        let zero = Int32(zeroPoint)
        var magnitudes = [UInt32](repeating: 0, count: channels)
        weights.withUnsafeBufferPointer { weights in
            magnitudes.withUnsafeMutableBufferPointer { magnitudes in
                if convolution.grouping == .dense {
                    // A dense kernel's weights lie together.
                    for channel in 0..<channels {
                        var sum: UInt32 = 0
                        for weight in weights[channel * terms..<(channel + 1) * terms] {
                            sum &+= (Int32(weight) &- zero).magnitude
                        }
                        magnitudes[channel] = sum
                    }
                } else {
                    // A depthwise kernel's are `channels` apart: a row of all channels at a time.
                    for term in 0..<terms {
                        let row = UnsafeBufferPointer(rebasing: weights[term * channels..<(term + 1) * channels])
                        for channel in 0..<channels {
                            magnitudes[channel] &+= (Int32(row[channel]) &- zero).magnitude
                        }
                    }
                }
            }
        }
        return (0..<channels).allSatisfy { channel in
            let bound = Int(magnitudes[channel]) * 255 + (bias.isEmpty ? 0 : Int(bias[channel].magnitude))
            return bound <= Int(Int32.max)
        }
    }
}
