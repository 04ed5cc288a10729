import Networks

extension Network {
    /// The same function, with the channels between convolutions scaled so that their weights are of like size before and
    /// behind: one scale for all channels of a tensor then serves each of them (Nagel et al. 2019, "Data-free quantization
    /// through weight equalization and bias correction", arXiv 1906.04721, section 4.1).
    ///
    /// A channel can be scaled where a convolution makes it, rectified or as it is, and only convolutions read it. Scales are
    /// powers of two, so that no weight is rounded.
    package func equalized() -> Network {
        var convolutions = layers.map { layer -> FloatConvolution? in
            if case .convolution(let convolution) = layer.operation {
                FloatConvolution(convolution, parameters)
            } else {
                nil
            }
        }
        let pairs = equalizablePairs(convolutions.map { $0 != nil })
        // What a pair changes is what its neighbours compare; it settles within a few rounds.
        for _ in 0..<20 {
            var hasChanged = false
            for (maker, readers) in pairs {
                guard let before = convolutions[maker]?.largestByOutput else { continue }
                var behind = [Float](repeating: 0, count: before.count)
                for reader in readers {
                    for (channel, weight) in (convolutions[reader]?.largestByInput ?? []).enumerated() {
                        behind[channel] = max(behind[channel], weight)
                    }
                }
                let scales = zip(before, behind).map { Self.scale($0, $1) }
                guard scales.contains(where: { $0 != 1 }) else { continue }
                hasChanged = true
                convolutions[maker]?.scaleOutputs(scales.map { 1 / $0 })
                for reader in readers { convolutions[reader]?.scaleInputs(scales) }
            }
            if !hasChanged { break }
        }
        var network = self
        for convolution in convolutions { convolution?.store(in: &network.parameters) }
        return network
    }

    /// Convolutions with those that read what they make, where nothing else does.
    private func equalizablePairs(_ isConvolution: [Bool]) -> [(maker: Int, readers: [Int])] {
        var readers = [[Int]](repeating: [], count: tensors.count)
        for (index, layer) in layers.enumerated() {
            for input in layer.inputs { readers[input.index].append(index) }
        }
        let isOutput = Set(outputs)
        return layers.indices.compactMap { index in
            guard case .convolution(let convolution) = layers[index].operation, isConvolution[index],
                convolution.activation == .none || convolution.activation == .relu,
                !isOutput.contains(layers[index].output)
            else { return nil }
            let readers = readers[layers[index].output.index]
            return readers.isEmpty || !readers.allSatisfy({ isConvolution[$0] }) ? nil : (index, readers)
        }
    }

    /// The power of two that is nearest to √(before ÷ behind) on the side of 1, within 2^±12; 1 for a channel that is
    /// nothing on either side.
    private static func scale(_ before: Float, _ behind: Float) -> Float {
        guard before.isNormal, behind.isNormal else { return 1 }
        let exponent = Int(before.exponent - behind.exponent) / 2
        return Float(sign: .plus, exponent: min(max(exponent, -12), 12), significand: 1)
    }
}
