import Platform

/// Adam with decoupled weight decay (Kingma and Ba 2015, arXiv 1412.6980, algorithm 1; Loshchilov and Hutter 2019,
/// arXiv 1711.05101, algorithm 2): m ← β₁·m + (1 − β₁)·g, s ← β₂·s + (1 − β₂)·g²,
/// w ← w − η·λ·w − η · (m / (1 − β₁ᵗ)) / (√(s / (1 − β₂ᵗ)) + ε).
///
/// This is PyTorch's form, in which the decay is a share η·λ of the weight. It applies to weights only: not to biases, nor to
/// the scales of normalizations. Statistics are left alone.
public struct AdamW: Sendable, Hashable {
    /// β₂.
    public static let squareDecay: Float = 0.999
    /// ε.
    public static let epsilon: Float = 1e-8

    /// β₁; 0.9 as published.
    public var momentum: Float
    /// λ.
    public var weightDecay: Float
    /// t, the steps done.
    public private(set) var steps: Int
    /// m of each parameter, in their order; empty for those that are not trained. Kept in checkpoints.
    public private(set) var means: [[Float]]
    /// s of each parameter, likewise.
    public private(set) var squares: [[Float]]

    /// An optimizer at rest.
    public init(parameters: [TrainingParameter], momentum: Float = 0.9, weightDecay: Float = 0.01) {
        let zeros = parameters.map { [Float](repeating: 0, count: $0.treatment.isTrained ? $0.values.count : 0) }
        self.init(momentum: momentum, weightDecay: weightDecay, steps: 0, means: zeros, squares: zeros)
    }

    /// An optimizer in motion, from a checkpoint.
    public init(momentum: Float, weightDecay: Float, steps: Int, means: [[Float]], squares: [[Float]]) {
        precondition((0..<1).contains(momentum) && weightDecay >= 0 && steps >= 0, "a momentum below 1 and a decay")
        precondition(means.map(\.count) == squares.map(\.count), "one of each")
        self.momentum = momentum
        self.weightDecay = weightDecay
        self.steps = steps
        self.means = means
        self.squares = squares
    }

    /// One step. `gradients` has an array for each parameter, which is not looked at for those that are not trained.
    ///
    /// - Parameter factors: What the learning rate is multiplied by, for each parameter.
    public mutating func step(
        _ parameters: inout [TrainingParameter], gradients: [[Float]], learningRate: Float, factors: [Float]
    ) {
        precondition(parameters.count == means.count && gradients.count == means.count, "one of each")
        precondition(factors.count == means.count, "one of each")
        steps += 1
        let (first, second, epsilon) = (momentum, Self.squareDecay, Self.epsilon)
        // In double precision: β₂ᵗ is near 1 at first.
        let correction = 1 - pow(Double(second), Double(steps))
        let (meanScale, squareScale) = (Float(1 / (1 - pow(Double(first), Double(steps)))), Float(1 / correction))
        for index in parameters.indices where parameters[index].treatment.isTrained {
            let rate = learningRate * factors[index]
            let kept = parameters[index].treatment == .weight ? 1 - rate * weightDecay : 1
            let count = means[index].count
            precondition(parameters[index].values.count == count && gradients[index].count == count, "one of each")
            parameters[index].values.withUnsafeMutableBufferPointer { weights in
                means[index].withUnsafeMutableBufferPointer { means in
                    squares[index].withUnsafeMutableBufferPointer { squares in
                        gradients[index].withUnsafeBufferPointer { gradient in
                            for i in 0..<count {
                                let g = gradient[i]
                                let mean = means[i] + (1 - first) * (g - means[i])
                                let square = second * squares[i] + (1 - second) * g * g
                                (means[i], squares[i]) = (mean, square)
                                weights[i] =
                                    kept * weights[i] - rate * (mean * meanScale)
                                    / ((square * squareScale).squareRoot() + epsilon)
                            }
                        }
                    }
                }
            }
        }
    }
}
