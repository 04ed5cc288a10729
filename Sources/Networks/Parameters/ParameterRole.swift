/// What a parameter is for.
public enum ParameterRole: Sendable, Hashable {
    /// A convolution's weights, `[output channels, kernel height, kernel width, input channels]` (OHWI), or those of a
    /// depthwise one, `[kernel height, kernel width, channels]`.
    case weight
    /// A convolution's bias, one an output channel.
    case bias
    /// The learned scale of an L2 normalization, one a channel (ParseNet, arXiv 1506.04579).
    case l2Scale
    /// The factor γ of a batch normalization (arXiv 1502.03167), one a channel.
    case normalizationScale
    /// The shift β of a batch normalization.
    case normalizationShift
    /// The running mean of a batch normalization.
    case normalizationMean
    /// The running variance of a batch normalization.
    case normalizationVariance

    /// One of a plain operation, one value a channel: what ends its name, and what each value is before training.
    case channelwise(suffix: String, initial: Float)

    /// What ends the name of such a parameter, after the name of its layer and a point.
    public var suffix: String {
        switch self {
        case .weight: "weight"
        case .bias: "bias"
        case .l2Scale, .normalizationScale: "scale"
        case .normalizationShift: "shift"
        case .normalizationMean: "mean"
        case .normalizationVariance: "variance"
        case .channelwise(let suffix, _): suffix
        }
    }

    /// Whether it is gathered from the data that a network sees and not learned.
    public var isStatistic: Bool { self == .normalizationMean || self == .normalizationVariance }
}
