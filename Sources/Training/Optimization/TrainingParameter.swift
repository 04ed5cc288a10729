import Networks

/// A parameter of a network as training has it: its numbers, and how they change.
public struct TrainingParameter: Sendable, Hashable {
    /// How a parameter is trained. Raw values are the words of checkpoints.
    public enum Treatment: String, Sendable, Hashable, CaseIterable {
        /// The kernel of a convolution. Weight decay applies.
        case weight
        /// A summand a channel. No weight decay.
        case bias
        /// A factor a channel, of a normalization. No weight decay.
        case scale
        /// A mean or variance that is gathered from the data: not trained.
        case statistic
        /// One that stays as it began.
        case frozen

        /// Whether the descent changes it.
        public var isTrained: Bool { self != .statistic && self != .frozen }
    }

    /// Its name, unique in its network: "conv1.weight".
    public var name: String
    /// Its extents, outermost first.
    public var shape: [Int]
    /// How it is trained.
    public var treatment: Treatment
    /// Its numbers.
    public var values: [Float]

    /// A parameter from its parts; there are as many values as the shape says.
    public init(name: String, shape: [Int], treatment: Treatment, values: [Float]) {
        precondition(shape.reduce(1, *) == values.count, "as many values as the shape says")
        self.name = name
        self.shape = shape
        self.treatment = treatment
        self.values = values
    }

    /// A parameter as a network has it.
    ///
    /// - Parameter isFrozen: Whether it stays as it is, though it could be trained.
    init(_ parameter: Parameter, isFrozen: Bool) {
        let treatment: Treatment =
            switch parameter.role {
            case _ where isFrozen: .frozen
            case .weight: .weight
            case .bias, .normalizationShift: .bias
            case .l2Scale, .normalizationScale, .channelwise: .scale
            case .normalizationMean, .normalizationVariance: .statistic
            }
        self.init(name: parameter.name, shape: parameter.shape, treatment: treatment, values: parameter.values)
    }
}

extension Network {
    /// The parameters as training begins with them, in the network's order.
    public func trainingParameters(frozen: FrozenLayers = .none) -> [TrainingParameter] {
        parameters.all.map {
            TrainingParameter($0, isFrozen: frozen.parameters.contains($0.description.layer))
        }
    }

    /// The network with the numbers of parameters that were trained.
    func with(_ parameters: [TrainingParameter]) -> Network {
        precondition(parameters.map(\.name) == self.parameters.all.map(\.name), "the parameters of this network")
        var network = self
        for (id, parameter) in zip(network.parameters.ids, parameters) {
            network.parameters[id].values = parameter.values
        }
        return network
    }
}
