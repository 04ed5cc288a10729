import Networks

extension TrainableDetector {
    /// Fixes the statistics of batch normalizations, with what they do in the convolutions before them.
    ///
    /// Weights that statistics multiply are of any size: ImageNet's MobileNetV2 has channels that were always dead, with a
    /// variance of 0 and so 1/√ε as a factor. Steps that are as long for small weights as for large ones, as Adam's are, would
    /// destroy them: what is trained are the weights as inference has them, w · γ/√(σ² + ε), and a normalization that does
    /// nothing but add β − μ · γ/√(σ² + ε).
    ///
    /// - Parameter normalizations: Their names; those not right behind a convolution of floats are fixed as they are.
    public mutating func fixStatistics(of normalizations: some Sequence<String>) {
        let names = Set(normalizations)
        frozen.statistics.formUnion(names)
        let network = model.network
        let makers = Dictionary(network.layers.map { ($0.output, $0) }) { first, _ in first }
        for layer in network.layers where names.contains(layer.name) {
            guard case .batchNormalization(let normalization) = layer.operation, let maker = makers[layer.inputs[0]],
                network.layers.count(where: { $0.inputs.contains(maker.output) }) == 1,
                !network.outputs.contains(maker.output),
                case .convolution(let convolution) = maker.operation, convolution.activation == .none,
                case .float32(let weights, nil) = convolution.parameters
            else { continue }
            func values(_ id: ParameterID) -> [Float] { network.parameters[id].values }
            func set(_ id: ParameterID, _ values: [Float]) { model.network.parameters[id].values = values }
            let factors = zip(values(normalization.scale), values(normalization.variance)).map {
                Double($0) / (Double($1) + normalization.epsilon).squareRoot()
            }
            // Channels are the outermost index of dense weights, the innermost of depthwise ones.
            var kernel = values(weights)
            let channelSize = convolution.grouping == .depthwise ? 1 : kernel.count / factors.count
            for index in kernel.indices {
                kernel[index] = Float(Double(kernel[index]) * factors[index / channelSize % factors.count])
            }
            set(weights, kernel)
            set(
                normalization.shift,
                factors.indices.map {
                    Float(
                        Double(values(normalization.shift)[$0]) - Double(values(normalization.mean)[$0]) * factors[$0])
                })
            set(normalization.scale, Array(repeating: 1, count: factors.count))
            set(normalization.mean, Array(repeating: 0, count: factors.count))
            set(normalization.variance, Array(repeating: 1 - Float(normalization.epsilon), count: factors.count))
        }
    }
}
