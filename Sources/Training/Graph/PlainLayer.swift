import Networks

/// A layer of a training graph with numbers and shapes alone, for whoever computes it in another way.
package struct PlainLayer: Sendable {
    /// What it does; integers are positions in the graph's parameters.
    package enum Kind: Sendable {
        case convolution(Window, isDepthwise: Bool, weights: Int, bias: Int?)
        case batchNormalization(scale: Int, shift: Int, epsilon: Double, Activation)
        case activation(Activation)
        case add
        case maxPooling(Window)
        case l2Normalization(scale: Int, epsilon: Double)
        case concatenation(axis: Int)
        case reshape
    }

    package let kind: Kind
    package let inputs: [Int]
    package let output: Int
    package let inputShapes: [[Int]]
    package let outputShape: [Int]
}

extension TrainingGraph {
    /// The layers, by the numbers of their tensors; 0 is the input.
    package var plainLayers: [PlainLayer] {
        layers.map { layer in
            let kind: PlainLayer.Kind =
                switch layer.operation {
                case .convolution(let window, let grouping, let weights, let bias):
                    .convolution(window, isDepthwise: grouping == .depthwise, weights: weights, bias: bias)
                case .batchNormalization(let normalization):
                    .batchNormalization(
                        scale: normalization.scale, shift: normalization.shift, epsilon: Double(normalization.epsilon),
                        normalization.activation)
                case .activation(let activation): .activation(activation)
                case .add: .add
                case .maxPooling(let window): .maxPooling(window)
                case .l2Normalization(let scale, let epsilon): .l2Normalization(scale: scale, epsilon: Double(epsilon))
                case .concatenation(let axis): .concatenation(axis: axis)
                case .reshape: .reshape
                }
            return PlainLayer(
                kind: kind, inputs: layer.inputs.map(\.index), output: layer.output.index,
                inputShapes: layer.inputs.map { self[$0].dimensions }, outputShape: self[layer.output].dimensions)
        }
    }

    /// The numbers of the outputs' tensors.
    package var plainOutputs: [Int] { outputs.map(\.index) }
}
