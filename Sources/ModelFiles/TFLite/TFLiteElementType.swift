/// The element types of a TensorFlow Lite file that are read here, by their number in its schema.
package enum TFLiteElementType: Int, Sendable {
    /// Single precision.
    case float32 = 0
    /// Half precision, of weights.
    case float16 = 1
    /// 32-bit integers: shapes, and the biases of quantized convolutions.
    case int32 = 2
    /// Unsigned bytes, quantized.
    case uint8 = 3
    /// 64-bit integers: shapes.
    case int64 = 4
    /// Signed bytes, quantized.
    case int8 = 9

    /// Bytes an element takes.
    package var size: Int {
        switch self {
        case .uint8, .int8: 1
        case .float16: 2
        case .float32, .int32: 4
        case .int64: 8
        }
    }
}
