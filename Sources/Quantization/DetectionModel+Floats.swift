import Networks

extension DetectionModel {
    /// The same detector in floats: every weight and bias is the number that its bytes stood for, and nothing is rounded
    /// in between.
    ///
    /// - Throws: if the network cannot be built, which a valid one always can.
    public func inFloats() throws(NetworkError) -> DetectionModel {
        let input = network[network.input]
        var builder = NetworkBuilder(input: input.shape, element: .float32)
        var made: [TensorID: TensorID] = [network.input: builder.inputTensor]
        func value(_ id: TensorID) -> TensorID {
            guard let value = made[id] else { preconditionFailure("layers come after the makers of their inputs") }
            return value
        }
        for layer in network.layers {
            let inputs = layer.inputs.map(value)
            var operation = layer.operation
            if case .convert = operation {
                made[layer.output] = inputs[0]
                continue
            }
            let element = network[layer.output].element
            if case .convolution(var convolution) = operation {
                convolution.activation = Self.activation(convolution.activation, in: element)
                if let (weights, bias) = Self.floats(convolution, input: network[layer.inputs[0]].element) {
                    convolution.parameters = builder.floats(weights: weights, bias: bias)
                    convolution.winograd = nil
                    made[layer.output] = try builder.convolution(inputs[0], convolution, name: layer.name)
                    continue
                }
                operation = .convolution(convolution)
            } else if case .add(let activation) = operation {
                operation = .add(Self.activation(activation, in: element))
            }
            made[layer.output] = try builder.add(
                operation, inputs, parameters: network.parameters, element: .float32,
                shape: network[layer.output].shape, name: layer.name)
        }
        var model = self
        model.network = builder.build(outputs: network.outputs.map(value))
        (model.locations, model.scores) = (value(locations), value(scores))
        if let quantization = input.element.quantization {
            let bias = -quantization.scale * Float(quantization.zeroPoint)
            model.preprocessing.normalization = .affine(
                scale: [Float](repeating: quantization.scale, count: 3), bias: [Float](repeating: bias, count: 3))
        }
        return model
    }

    /// The activation of a layer, or what the range of its bytes does in its place: a range that begins at 0 rectifies,
    /// and one that ends at 6, as near as a step, clamps as ReLU6 does. Converters leave out what the range does.
    private static func activation(_ activation: Activation, in element: ElementType) -> Activation {
        guard activation == .none || activation == .relu, let bytes = element.quantization, bytes.zeroPoint == 0 else {
            return activation
        }
        return (bytes.real(255) - 6).magnitude <= bytes.scale ? .relu6 : .relu
    }

    /// What the bytes of a convolution stand for; nil for one of floats.
    private static func floats(
        _ convolution: Convolution, input: ElementType
    ) -> (weights: [Float], bias: [Float])? {
        guard case .int8(let weights, let zeroPoint, let scales, let bias) = convolution.parameters,
            let input = input.quantization
        else { return nil }
        let channels = convolution.outputChannels
        let terms = weights.count / channels
        func scale(_ channel: Int) -> Float { scales[scales.count == 1 ? 0 : channel] }
        return (
            weights: weights.indices.map { index in
                let channel = convolution.grouping == .dense ? index / terms : index % channels
                return scale(channel) * Float(Int(weights[index]) - zeroPoint)
            },
            bias: bias.indices.map { input.scale * scale($0) * Float(bias[$0]) }
        )
    }
}
