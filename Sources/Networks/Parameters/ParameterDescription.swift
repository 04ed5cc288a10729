/// A parameter without its values: whose it is, what it is for and its shape. What an architecture asks a source for.
public struct ParameterDescription: Sendable, Hashable {
    /// The layer, by the name the method's papers give it: `conv4_3`, `fc7`, `loc.0`.
    public var layer: String
    /// What it is for.
    public var role: ParameterRole
    /// Its extents, outermost first.
    public var shape: [Int]
    /// The standard deviation of weights before training; nil for that of their fan-in.
    public var initialDeviation: Float?

    /// The parameter of a layer.
    public init(layer: String, role: ParameterRole, shape: [Int], initialDeviation: Float? = nil) {
        self.layer = layer
        self.role = role
        self.shape = shape
        self.initialDeviation = initialDeviation
    }

    /// As in `conv4_3.weight`; unique within an architecture.
    public var name: String { layer + "." + role.suffix }

    /// The number of values.
    public var count: Int { shape.reduce(1, *) }

    /// Values that are summed for one output: the kernel of one output channel.
    public var fanIn: Int {
        guard role == .weight else { return 1 }
        return shape.count == 4 ? count / shape[0] : shape[0] * shape[1]
    }
}
