import Networks

/// Builds a graph to be trained, layer by layer, and proves it on the way.
public struct TrainingGraphBuilder {
    private var shapes: [TensorShape]
    private var layers: [TrainingGraph.Layer] = []
    private var parameters: [TrainingGraph.ParameterDescription] = []

    /// Begins a graph with its image tensor, `[height, width, channels]`.
    public init(input: TensorShape) { shapes = [input] }

    /// The image tensor.
    public var inputTensor: TrainingGraph.Tensor { .init(index: 0) }

    /// The shape of a tensor of this builder.
    public subscript(_ tensor: TrainingGraph.Tensor) -> TensorShape { shapes[tensor.index] }

    /// Ends the graph: `outputs` are what it is for.
    public func build(outputs: [TrainingGraph.Tensor]) -> TrainingGraph {
        precondition(outputs.allSatisfy { shapes.indices.contains($0.index) }, "tensors of this builder")
        return TrainingGraph(
            shapes: shapes, layers: layers, parameters: parameters, outputs: outputs, input: inputTensor)
    }

    /// Adds a convolution with parameters `name.weight` and, with a bias, `name.bias`.
    ///
    /// - Parameter deviation: That of the first weights; nil for He's.
    public mutating func convolution(
        _ x: TrainingGraph.Tensor, window: Window, grouping: Convolution.Grouping = .dense, outputChannels: Int,
        hasBias: Bool = true, deviation: Float? = nil, name: String
    ) throws(NetworkError) -> TrainingGraph.Tensor {
        let input = try featureMap(x, layer: name)
        let output = try windowed(input, window, channels: outputChannels, layer: name)
        guard (window.dilationY == 1 && window.dilationX == 1) || (window.strideY == 1 && window.strideX == 1) else {
            throw .invalidParameter(layer: name, parameter: "window", reason: "has both strides and dilation")
        }
        let taps = window.kernelHeight * window.kernelWidth
        let shape: [Int]
        let terms: Int
        switch grouping {
        case .dense:
            shape = [outputChannels, window.kernelHeight, window.kernelWidth, input.channels]
            terms = taps * input.channels
        case .depthwise:
            guard outputChannels == input.channels else {
                throw .unexpectedShape(
                    layer: name, found: input.description, expected: "\(outputChannels) channels")
            }
            shape = [window.kernelHeight, window.kernelWidth, outputChannels]
            terms = taps
        }
        let spread = deviation ?? (2 / Float(terms)).squareRoot()
        let weights = add(name + ".weight", shape, .weight, .normal(deviation: spread))
        let bias = hasBias ? add(name + ".bias", [outputChannels], .bias, .constant(0)) : nil
        return try append(.convolution(window, grouping, weights: weights, bias: bias), [x], output, name)
    }

    /// Adds batch normalization with parameters `name.scale`, `name.shift`, `name.mean` and `name.variance`, and the
    /// activation after it.
    public mutating func batchNormalization(
        _ x: TrainingGraph.Tensor, activation: Activation = .none, epsilon: Float = 1e-3, momentum: Float = 0.1,
        name: String
    ) throws(NetworkError) -> TrainingGraph.Tensor {
        let shape = try featureMap(x, layer: name)
        try checkActivation(activation, layer: name)
        guard epsilon > 0, (0...1).contains(momentum) else {
            throw .invalidParameter(layer: name, parameter: "epsilon or momentum", reason: "is out of range")
        }
        let channels = [shape.channels]
        let normalization = TrainingGraph.Layer.BatchNormalization(
            scale: add(name + ".scale", channels, .scale, .constant(1)),
            shift: add(name + ".shift", channels, .bias, .constant(0)),
            mean: add(name + ".mean", channels, .statistic, .constant(0)),
            variance: add(name + ".variance", channels, .statistic, .constant(1)), epsilon: epsilon,
            momentum: momentum, activation: activation)
        return try append(.batchNormalization(normalization), [x], shape, name)
    }

    /// Adds a function of each element: ReLU, ReLU6, hard-swish.
    public mutating func activation(
        _ x: TrainingGraph.Tensor, _ activation: Activation, name: String
    ) throws(NetworkError) -> TrainingGraph.Tensor {
        try checkActivation(activation, layer: name)
        return try append(.activation(activation), [x], self[x], name)
    }

    /// Adds the sum of two tensors of one shape.
    public mutating func add(
        _ a: TrainingGraph.Tensor, _ b: TrainingGraph.Tensor, name: String
    ) throws(NetworkError) -> TrainingGraph.Tensor {
        guard self[a] == self[b] else {
            throw .unexpectedShape(layer: name, found: self[b].description, expected: self[a].description)
        }
        return try append(.add, [a, b], self[a], name)
    }

    /// Adds max pooling.
    public mutating func maxPooling(
        _ x: TrainingGraph.Tensor, _ window: Window, name: String
    ) throws(NetworkError) -> TrainingGraph.Tensor {
        let input = try featureMap(x, layer: name)
        guard window.dilationY == 1, window.dilationX == 1 else {
            throw .invalidParameter(layer: name, parameter: "dilation", reason: "of a pooling is not supported")
        }
        guard max(window.paddingTop, window.paddingBottom) < window.kernelHeight,
            max(window.paddingLeft, window.paddingRight) < window.kernelWidth
        else { throw .invalidParameter(layer: name, parameter: "padding", reason: "is as wide as the kernel") }
        return try append(
            .maxPooling(window), [x], try windowed(input, window, channels: input.channels, layer: name), name)
    }

    /// Adds L2 normalization over the channels (ParseNet, arXiv 1506.04579) with the parameter `name.scale`, 20 at first.
    public mutating func l2Normalization(
        _ x: TrainingGraph.Tensor, epsilon: Float = 1e-10, name: String
    ) throws(NetworkError) -> TrainingGraph.Tensor {
        let shape = try featureMap(x, layer: name)
        let scale = add(name + ".scale", [shape.channels], .scale, .constant(20))
        return try append(.l2Normalization(scale: scale, epsilon: epsilon), [x], shape, name)
    }

    /// Joins tensors along an axis of their shape (without the batch).
    public mutating func concatenation(
        _ inputs: [TrainingGraph.Tensor], axis: Int, name: String
    ) throws(NetworkError) -> TrainingGraph.Tensor {
        guard let first = inputs.first, inputs.count <= NetworkBuilder.maximumInputs,
            self[first].dimensions.indices.contains(axis)
        else { throw .invalidParameter(layer: name, parameter: "inputs or axis", reason: "are out of range") }
        var dimensions = self[first].dimensions
        for input in inputs.dropFirst() {
            var other = self[input].dimensions
            guard other.count == dimensions.count else {
                throw .unexpectedShape(
                    layer: name, found: self[input].description, expected: self[first].description)
            }
            let extent = other[axis]
            other[axis] = dimensions[axis]
            guard other == dimensions else {
                throw .unexpectedShape(
                    layer: name, found: self[input].description, expected: self[first].description)
            }
            dimensions[axis] += extent
        }
        return try append(.concatenation(axis: axis), inputs, try TensorShape(dimensions), name)
    }

    /// Gives the elements another shape.
    public mutating func reshape(
        _ x: TrainingGraph.Tensor, to shape: TensorShape, name: String
    ) throws(NetworkError) -> TrainingGraph.Tensor {
        guard shape.elementCount == self[x].elementCount else {
            throw .unexpectedShape(layer: name, found: self[x].description, expected: shape.description)
        }
        return try append(.reshape, [x], shape, name)
    }

    // MARK: Parts

    private mutating func add(
        _ name: String, _ shape: [Int], _ role: TrainingParameter.Role, _ initialization: ParameterInitialization
    ) -> Int {
        precondition(!parameters.contains { $0.name == name }, "two parameters named \(name)")
        parameters.append(.init(name: name, shape: shape, role: role, initialization: initialization))
        return parameters.count - 1
    }

    private mutating func append(
        _ operation: TrainingGraph.Layer.Operation, _ inputs: [TrainingGraph.Tensor], _ shape: TensorShape,
        _ name: String
    ) throws(NetworkError) -> TrainingGraph.Tensor {
        guard layers.count < NetworkBuilder.maximumLayers else {
            throw .tooManyLayers(limit: NetworkBuilder.maximumLayers)
        }
        let output = TrainingGraph.Tensor(index: shapes.count)
        shapes.append(shape)
        layers.append(.init(name: name, operation: operation, inputs: inputs, output: output))
        return output
    }

    private func featureMap(_ x: TrainingGraph.Tensor, layer: String) throws(NetworkError) -> TensorShape {
        guard self[x].isFeatureMap else {
            throw .unexpectedShape(layer: layer, found: self[x].description, expected: "height×width×channels")
        }
        return self[x]
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

    private func checkActivation(_ activation: Activation, layer: String) throws(NetworkError) {
        switch activation {
        case .none, .relu, .relu6, .hardSwish: return
        case .hardSigmoid, .sigmoid:
            throw .invalidParameter(
                layer: layer, parameter: "activation", reason: "\(activation.rawValue) cannot be trained through")
        }
    }
}
