import Platform

/// A function of one element that follows a layer.
public enum Activation: String, Sendable, CaseIterable {
    /// The identity.
    case none
    /// max(x, 0).
    case relu
    /// min(max(x, 0), 6).
    case relu6
    /// x · relu6(x + 3) / 6 (MobileNetV3, arXiv 1905.02244).
    case hardSwish
    /// relu6(x + 3) / 6.
    case hardSigmoid
    /// 1 / (1 + e⁻ˣ).
    case sigmoid

    /// The least and greatest result, where the function is a clamp.
    package var clamp: (lower: Float, upper: Float)? {
        switch self {
        case .none: (-.infinity, .infinity)
        case .relu: (0, .infinity)
        case .relu6: (0, 6)
        case .hardSwish, .hardSigmoid, .sigmoid: nil
        }
    }

    /// The value at `x`, for tables over the 256 bytes of a quantized tensor.
    package func value(_ x: Float) -> Float {
        switch self {
        case .none: x
        case .relu: max(x, 0)
        case .relu6: min(max(x, 0), 6)
        case .hardSwish: x * min(max(x + 3, 0), 6) / 6
        case .hardSigmoid: min(max(x + 3, 0), 6) / 6
        case .sigmoid: Float(1 / (1 + exp(-Double(x))))
        }
    }
}
