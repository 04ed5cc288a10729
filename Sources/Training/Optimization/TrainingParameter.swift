/// A named array of numbers that training changes.
public struct TrainingParameter: Sendable, Hashable {
    /// What a parameter is for, which decides how it is trained.
    public enum Role: String, Sendable, Hashable, CaseIterable {
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
    /// What it is for.
    public var role: Role
    /// Its numbers.
    public var values: [Float]

    /// A parameter from its parts; there are as many values as the shape says.
    public init(name: String, shape: [Int], role: Role, values: [Float]) {
        precondition(shape.reduce(1, *) == values.count, "as many values as the shape says")
        self.name = name
        self.shape = shape
        self.role = role
        self.values = values
    }
}
