/// What the elements of a tensor in a safetensors file are, by the name that the format has for it.
package enum SafetensorsElementType: String, Sendable {
    case float32 = "F32"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case int32 = "I32"
    case int8 = "I8"
    /// Counters beside PyTorch's batch normalizations, which no layer reads.
    case int64 = "I64"

    /// Bytes of an element.
    package var size: Int {
        switch self {
        case .float32, .int32: 4
        case .float16, .bfloat16: 2
        case .int8: 1
        case .int64: 8
        }
    }
}
