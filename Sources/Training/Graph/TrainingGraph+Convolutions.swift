import Networks

extension TrainingGraph {
    /// A convolution with what comes after it.
    struct ConvolutionDescription {
        /// What a convolution that ends in an output is for.
        enum Head {
            case locations
            case scores
        }

        var name: String
        var channels: Int
        /// The batch normalization that inference folds into it.
        var normalization: (name: String, epsilon: Float)?
        var head: Head?
    }

    /// The convolutions, in the order of the layers.
    var convolutions: [ConvolutionDescription] {
        // Which output each tensor ends in, through reshapes and joins alone.
        var heads: [Int: ConvolutionDescription.Head] = [:]
        if outputs.count == 2 {
            heads[outputs[0].index] = .locations
            heads[outputs[1].index] = .scores
        }
        for layer in layers.reversed() {
            guard let head = heads[layer.output.index] else { continue }
            switch layer.operation {
            case .reshape, .concatenation: for input in layer.inputs { heads[input.index] = head }
            default: continue
            }
        }
        return layers.compactMap { layer in
            guard case .convolution = layer.operation else { return nil }
            var normalization: (String, Float)?
            for next in layers where next.inputs == [layer.output] {
                if case .batchNormalization(let description) = next.operation {
                    normalization = (next.name, description.epsilon)
                }
            }
            return ConvolutionDescription(
                name: layer.name, channels: self[layer.output].channels, normalization: normalization,
                head: heads[layer.output.index])
        }
    }
}
