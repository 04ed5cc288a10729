extension Network {
    /// Whether any convolution is computed by Winograd's method in bytes.
    public var usesWinograd: Bool {
        layers.contains { layer in
            if case .convolution(let convolution) = layer.operation { convolution.winograd != nil } else { false }
        }
    }

    /// Bytes of all parameters.
    package var parameterSize: Int {
        layers.reduce(parameters.size) { total, layer in
            guard case .convolution(let convolution) = layer.operation,
                case .int8(let weights, _, let scales, let bias) = convolution.parameters
            else { return total }
            return total + weights.count + 4 * (scales.count + bias.count)
        }
    }

    /// The same graph without the numbers of its layers, whose identifiers then lead nowhere: what is left to know once
    /// they are packed.
    package var withoutParameters: Network {
        let layers = layers.map { layer in
            guard case .convolution(var convolution) = layer.operation,
                case .int8(_, let zeroPoint, _, _) = convolution.parameters
            else { return layer }
            convolution.parameters = .int8(weights: [], zeroPoint: zeroPoint, scales: [], bias: [])
            return Layer(
                name: layer.name, operation: .convolution(convolution), inputs: layer.inputs, output: layer.output)
        }
        return Network(
            tensors: tensors, layers: layers, input: input, outputs: outputs, parameters: ParameterStore())
    }
}
