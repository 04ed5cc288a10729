/// How a gradient becomes a step, and what is carried from one step to the next.
public enum Optimizer: Sendable, Hashable {
    /// Gradient descent with momentum.
    case momentum(StochasticGradientDescent)
    /// Adam with decoupled weight decay.
    case adamW(AdamW)

    /// Which one. Raw values are the words of settings and checkpoints.
    public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        case momentum
        case adamW = "adamw"
    }

    /// Which one it is.
    public var kind: Kind {
        switch self {
        case .momentum: .momentum
        case .adamW: .adamW
        }
    }

    /// An optimizer at rest.
    public init(_ kind: Kind, parameters: [TrainingParameter], momentum: Float, weightDecay: Float) {
        switch kind {
        case .momentum:
            self = .momentum(
                StochasticGradientDescent(parameters: parameters, momentum: momentum, weightDecay: weightDecay))
        case .adamW: self = .adamW(AdamW(parameters: parameters, momentum: momentum, weightDecay: weightDecay))
        }
    }

    /// μ, or Adam's β₁.
    public var momentum: Float {
        switch self {
        case .momentum(let descent): descent.momentum
        case .adamW(let descent): descent.momentum
        }
    }

    /// The weight decay λ.
    public var weightDecay: Float {
        switch self {
        case .momentum(let descent): descent.weightDecay
        case .adamW(let descent): descent.weightDecay
        }
    }

    /// What is carried for each parameter, by the name that checkpoints give it; empty for those that are not trained.
    public var moments: [(name: String, values: [[Float]])] {
        switch self {
        case .momentum(let descent): [("velocity", descent.velocities)]
        case .adamW(let descent): [("mean", descent.means), ("square", descent.squares)]
        }
    }

    /// One step. `gradients` has an array for each parameter, which is not looked at for those that are not trained.
    ///
    /// - Parameter factors: What the learning rate is multiplied by, for each parameter.
    public mutating func step(
        _ parameters: inout [TrainingParameter], gradients: [[Float]], learningRate: Float, factors: [Float]
    ) {
        switch self {
        case .momentum(var descent):
            // One owner of the arrays at a time, so that they are changed in place.
            self = .momentum(StochasticGradientDescent(momentum: 0, weightDecay: 0, velocities: []))
            descent.step(&parameters, gradients: gradients, learningRate: learningRate, factors: factors)
            self = .momentum(descent)
        case .adamW(var descent):
            self = .adamW(AdamW(momentum: 0, weightDecay: 0, steps: 0, means: [], squares: []))
            descent.step(&parameters, gradients: gradients, learningRate: learningRate, factors: factors)
            self = .adamW(descent)
        }
    }
}
