/// Gradient descent with momentum and weight decay: v ← μ·v + g + λ·w, w ← w − η·v.
///
/// This is PyTorch's form, in which a change of the learning rate η takes effect at once; in Caffe's, η is inside v. Decay
/// applies to weights only: not to biases, nor to the scales of normalizations. Statistics are left alone.
public struct StochasticGradientDescent: Sendable, Hashable {
    /// μ; 0.9 as published.
    public var momentum: Float
    /// λ; 5·10⁻⁴ as published.
    public var weightDecay: Float
    /// v of each parameter, in their order; empty for statistics. Kept in checkpoints.
    public private(set) var velocities: [[Float]]

    /// An optimizer at rest.
    public init(parameters: [TrainingParameter], momentum: Float = 0.9, weightDecay: Float = 5e-4) {
        self.init(
            momentum: momentum, weightDecay: weightDecay,
            velocities: parameters.map { [Float](repeating: 0, count: $0.treatment.isTrained ? $0.values.count : 0) })
    }

    /// An optimizer in motion, from a checkpoint.
    public init(momentum: Float, weightDecay: Float, velocities: [[Float]]) {
        precondition((0..<1).contains(momentum) && weightDecay >= 0, "a momentum below 1 and a decay")
        self.momentum = momentum
        self.weightDecay = weightDecay
        self.velocities = velocities
    }

    /// One step. `gradients` has an array for each parameter, which is not looked at for statistics.
    ///
    /// - Parameter factors: What the learning rate is multiplied by, for each parameter; nil for 1.
    public mutating func step(
        _ parameters: inout [TrainingParameter], gradients: [[Float]], learningRate: Float, factors: [Float]? = nil
    ) {
        precondition(parameters.count == velocities.count && gradients.count == velocities.count, "one of each")
        precondition(factors.map { $0.count == velocities.count } ?? true, "one of each")
        let momentum = momentum
        for index in parameters.indices where parameters[index].treatment.isTrained {
            let decay = parameters[index].treatment == .weight ? weightDecay : 0
            let (count, rate) = (velocities[index].count, learningRate * (factors?[index] ?? 1))
            precondition(parameters[index].values.count == count && gradients[index].count == count, "one of each")
            parameters[index].values.withUnsafeMutableBufferPointer { weights in
                velocities[index].withUnsafeMutableBufferPointer { velocity in
                    gradients[index].withUnsafeBufferPointer { gradient in
                        for i in 0..<count {
                            let v = momentum * velocity[i] + gradient[i] + decay * weights[i]
                            velocity[i] = v
                            weights[i] -= rate * v
                        }
                    }
                }
            }
        }
    }
}
