/// What one step did.
public struct StepResult: Sendable, Hashable {
    /// The step, from 0.
    public var step: Int
    /// The epoch, from 0.
    public var epoch: Int
    /// The loss before the step.
    public var loss: MultiBoxLossValue
    /// The length of the gradient before clipping.
    public var gradientNorm: Float
    /// The learning rate.
    public var learningRate: Float
}
