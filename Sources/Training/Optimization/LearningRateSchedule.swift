import Platform

/// The learning rate of each step.
public struct LearningRateSchedule: Sendable, Hashable {
    /// How the rate falls after the warm-up.
    public enum Decay: Sendable, Hashable {
        /// Not at all.
        case constant
        /// By `factor` at each of these steps (Caffe's "multistep").
        case steps([Int], factor: Float)
        /// Along half a cosine to `floor` times the base rate at step `end`, where it stays (Loshchilov and Hutter 2017).
        case cosine(end: Int, floor: Float)
    }

    /// The rate after the warm-up.
    public var base: Float
    /// Steps over which the rate rises linearly to the base: from scratch, the first gradients are large and wrong.
    public var warmupSteps: Int
    /// How the rate falls.
    public var decay: Decay

    /// A schedule from its parts.
    public init(base: Float, warmupSteps: Int = 0, decay: Decay = .constant) {
        precondition(base > 0 && base.isFinite && warmupSteps >= 0, "a rate and a number of steps")
        self.base = base
        self.warmupSteps = warmupSteps
        self.decay = decay
    }

    /// The published schedule for Pascal VOC: 10⁻³, a tenth of it from step 80 000 and a hundredth from 100 000, of 120 000.
    public static let ssdVOC = LearningRateSchedule(base: 1e-3, decay: .steps([80_000, 100_000], factor: 0.1))

    /// The rate of a step, counted from 0.
    public func callAsFunction(_ step: Int) -> Float {
        if step < warmupSteps { return base * Float(step + 1) / Float(warmupSteps + 1) }
        switch decay {
        case .constant: return base
        case .steps(let milestones, let factor):
            var rate = base
            for milestone in milestones where step >= milestone { rate *= factor }
            return rate
        case .cosine(let end, let floor):
            guard step < end, end > warmupSteps else { return base * floor }
            let progress = Double(step - warmupSteps) / Double(end - warmupSteps)
            let share = (1 + cos(.pi * progress)) / 2
            return base * (floor + (1 - floor) * Float(share))
        }
    }
}
