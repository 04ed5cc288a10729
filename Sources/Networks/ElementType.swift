/// What the elements of a tensor are.
public enum ElementType: Sendable, Hashable {
    /// IEEE 754 single precision.
    case float32
    /// One byte q that stands for `scale * (q - zeroPoint)`.
    case uint8(Quantization)

    /// Bytes an element takes.
    public var size: Int {
        switch self {
        case .float32: 4
        case .uint8: 1
        }
    }

    /// The quantization, if the elements are quantized.
    public var quantization: Quantization? {
        switch self {
        case .float32: nil
        case .uint8(let quantization): quantization
        }
    }
}
