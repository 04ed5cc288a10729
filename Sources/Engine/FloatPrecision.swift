import Networks

/// The arithmetic of a float network's dense convolutions.
public enum FloatPrecision: String, Sendable, CaseIterable {
    /// Single precision.
    case fp32
    /// At least the accuracy of products of bfloat16 summed in single precision, as fast as can be: a convolution whose
    /// products are not faster in bfloat16 here is computed in single precision. So is everything between them, but for
    /// depthwise convolutions that run in one step with the pointwise ones around them, and what these hand on within it.
    case bf16

    /// The precision that nobody has to ask for. A deep network without much redundancy can lose more to bfloat16 than its
    /// detections bear, and no model says whether it is one: so none gives up accuracy unasked.
    public static let automatic = FloatPrecision.fp32

    /// The precision of a model without quantized convolutions that is computed so.
    public var ofModels: ModelPrecision {
        switch self {
        case .fp32: .fp32
        case .bf16: .bf16
        }
    }
}
