/// Everything that training carries from one step to the next: with it, a run goes on as if it had never stopped.
public struct TrainingState: Sendable, Hashable {
    /// The next step.
    public var step: Int
    /// The parameters.
    public var parameters: [TrainingParameter]
    /// The optimizer and what it carries.
    public var optimizer: Optimizer
    /// The running average, if there is one.
    public var average: ExponentialMovingAverage?

    /// A state from its parts.
    public init(
        step: Int, parameters: [TrainingParameter], optimizer: Optimizer,
        average: ExponentialMovingAverage?
    ) {
        self.step = step
        self.parameters = parameters
        self.optimizer = optimizer
        self.average = average
    }

    /// Whether all of it is numbers.
    var isFinite: Bool {
        let arrays = parameters.map(\.values) + optimizer.moments.flatMap(\.values) + (average?.values ?? [])
        return arrays.allSatisfy { values in values.allSatisfy(\.isFinite) }
    }

    /// The parameters to detect with: the average where there is one.
    public var bestParameters: [TrainingParameter] { average?.averaged(parameters) ?? parameters }
}
