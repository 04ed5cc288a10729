/// The arithmetic of a float network's dense convolutions. Everything between them is single precision either way.
public enum FloatPrecision: String, Sendable, CaseIterable {
    /// Single precision.
    case fp32
    /// At least the accuracy of products of bfloat16 summed in single precision, as fast as can be: a convolution whose
    /// products are not faster in bfloat16 here is computed in single precision.
    case bf16

    /// The precision that nobody has to ask for. A deep network without much redundancy can lose more to bfloat16 than its
    /// detections bear, and no model says whether it is one: so none gives up accuracy unasked.
    public static let automatic = FloatPrecision.fp32
}
