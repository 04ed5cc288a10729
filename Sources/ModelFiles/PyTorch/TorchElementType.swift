/// What the elements of a PyTorch storage are.
package enum TorchElementType: Sendable, Equatable {
    case float64, float32, float16, bfloat16
    /// Integers or booleans of this many bytes: counters, which no layer reads.
    case integer(size: Int)

    /// By the storage's class.
    init?(storage: String) {
        switch storage {
        case "DoubleStorage": self = .float64
        case "FloatStorage": self = .float32
        case "HalfStorage": self = .float16
        case "BFloat16Storage": self = .bfloat16
        case "LongStorage": self = .integer(size: 8)
        case "IntStorage": self = .integer(size: 4)
        case "ShortStorage": self = .integer(size: 2)
        case "CharStorage", "ByteStorage", "BoolStorage": self = .integer(size: 1)
        default: return nil
        }
    }

    /// Bytes of an element.
    package var size: Int {
        switch self {
        case .float64: 8
        case .float32: 4
        case .float16, .bfloat16: 2
        case .integer(let size): size
        }
    }
}
