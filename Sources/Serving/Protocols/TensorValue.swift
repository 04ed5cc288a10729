import JSON

/// An element of a tensor that is answered.
enum TensorValue: Sendable, Equatable {
    /// FP32.
    case number(Float)
    /// INT64.
    case integer(Int)

    /// Writes it as its bytes, lowest first.
    func write(to bytes: inout [UInt8]) {
        switch self {
        case .number(let value): withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        case .integer(let value): withUnsafeBytes(of: Int64(value).littleEndian) { bytes.append(contentsOf: $0) }
        }
    }

    /// Writes it as JSON.
    func write(to json: inout JSONWriter) {
        switch self {
        case .number(let value): json.exact(value)
        case .integer(let value): json.integer(value)
        }
    }
}
