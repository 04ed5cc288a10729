/// A parameter that an architecture asks for: whose it is, what it is for and its shape.
public struct Parameter: Sendable, Hashable {
    /// What a parameter is for. The raw value ends its name.
    public enum Role: String, Sendable, Hashable {
        /// A convolution's weights, `[output channels, kernel height, kernel width, input channels]` (OHWI), or those of a
        /// depthwise one, `[kernel height, kernel width, channels]`.
        case weight
        /// A convolution's bias, one an output channel.
        case bias
        /// The learned scale of an L2 normalization, one a channel (ParseNet, arXiv 1506.04579).
        case l2Scale = "scale"
        /// The factor γ of a batch normalization (arXiv 1502.03167), one a channel.
        case normalizationScale = "norm.scale"
        /// The shift β of a batch normalization.
        case normalizationShift = "norm.shift"
        /// The running mean of a batch normalization.
        case normalizationMean = "norm.mean"
        /// The running variance of a batch normalization.
        case normalizationVariance = "norm.variance"
    }

    /// The layer, by the name the method's papers give it: `conv4_3`, `fc7`, `loc.0`.
    public var layer: String
    /// What it is for.
    public var role: Role
    /// Its extents, outermost first.
    public var shape: [Int]

    /// The parameter of a layer.
    public init(layer: String, role: Role, shape: [Int]) {
        self.layer = layer
        self.role = role
        self.shape = shape
    }

    /// As in `conv4_3.weight`; unique within an architecture.
    public var name: String { layer + "." + role.rawValue }

    /// The number of values.
    public var count: Int { shape.reduce(1, *) }

    /// Values that are summed for one output: the kernel of one output channel.
    public var fanIn: Int {
        guard role == .weight else { return 1 }
        return shape.count == 4 ? count / shape[0] : shape[0] * shape[1]
    }
}
