extension Network {
    /// Whether any convolution is computed by Winograd's method in bytes.
    public var usesWinograd: Bool {
        layers.contains { layer in
            if case .convolution(let convolution) = layer.operation { convolution.winograd != nil } else { false }
        }
    }

    /// Bytes of the convolutions' weights.
    var parameterSize: Int {
        layers.reduce(0) { total, layer in
            guard case .convolution(let convolution) = layer.operation else { return total }
            switch convolution.parameters {
            case .float32(let weights, _): return total + weights.count * MemoryLayout<Float>.stride
            case .int8(let weights, _, _, _): return total + weights.count
            }
        }
    }

    /// The same graph without the numbers of its layers: what is left to know once they are packed.
    var withoutParameters: Network {
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
