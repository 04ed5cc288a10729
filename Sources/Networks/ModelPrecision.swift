/// What the products of a network are computed in.
public enum ModelPrecision: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    /// Single precision.
    case fp32
    /// Products of bfloat16, where these are faster, summed in single precision.
    case bf16
    /// Quantized to eight bits.
    case int8

    /// The word for people and for files.
    public var description: String { rawValue }
}
