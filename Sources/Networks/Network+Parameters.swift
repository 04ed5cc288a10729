extension Network {
    /// Whether any convolution is computed by Winograd's method in bytes.
    public var usesWinograd: Bool {
        layers.contains { layer in
            if case .convolution(let convolution) = layer.operation { convolution.winograd != nil } else { false }
        }
    }

    /// Bytes of all parameters.
    package var parameterSize: Int {
        layers.reduce(0) { total, layer in
            switch layer.operation {
            case .convolution(let convolution):
                switch convolution.parameters {
                case .float32(let weights, let bias): total + 4 * (weights.count + bias.count)
                case .int8(let weights, _, let scales, let bias):
                    total + weights.count + 4 * (scales.count + bias.count)
                }
            case .l2Normalization(let scale, _): total + 4 * scale.count
            default: total
            }
        }
    }

    /// The same graph without the numbers of its layers: what is left to know once they are packed.
    package var withoutParameters: Network {
        let layers = layers.map { layer in
            var operation = layer.operation
            switch operation {
            case .convolution(var convolution):
                switch convolution.parameters {
                case .float32: convolution.parameters = .float32(weights: [], bias: [])
                case .int8(_, let zeroPoint, _, _):
                    convolution.parameters = .int8(weights: [], zeroPoint: zeroPoint, scales: [], bias: [])
                }
                operation = .convolution(convolution)
            case .l2Normalization(_, let epsilon): operation = .l2Normalization(scale: [], epsilon: epsilon)
            default: break
            }
            return Layer(name: layer.name, operation: operation, inputs: layer.inputs, output: layer.output)
        }
        return Network(tensors: tensors, layers: layers, input: input, outputs: outputs)
    }
}
