/// An escape within a string (RFC 8259, section 7): a backslash and what follows it.
struct JSONEscape {
    /// What is wrong with one.
    enum Failure: Error {
        case noEnd
        case unknown
        case noHexadecimal
        case halfSurrogatePair

        /// As the end of a sentence.
        var reason: String {
            switch self {
            case .noEnd: "a string has no end"
            case .unknown: "an unknown escape"
            case .noHexadecimal: "an escape without four hexadecimal digits"
            case .halfSurrogatePair: "half a surrogate pair"
            }
        }
    }

    /// The character it stands for.
    let scalar: Unicode.Scalar
    /// Where it ends.
    let end: Int

    /// Reads the escape whose backslash is at `start`.
    init(_ bytes: UnsafeBufferPointer<UInt8>, at start: Int) throws(Failure) {
        guard start + 1 < bytes.count else { throw .noEnd }
        switch bytes[start + 1] {
        case UInt8(ascii: "\""): scalar = "\""
        case UInt8(ascii: "\\"): scalar = "\\"
        case UInt8(ascii: "/"): scalar = "/"
        case UInt8(ascii: "b"): scalar = "\u{08}"
        case UInt8(ascii: "f"): scalar = "\u{0C}"
        case UInt8(ascii: "n"): scalar = "\n"
        case UInt8(ascii: "r"): scalar = "\r"
        case UInt8(ascii: "t"): scalar = "\t"
        case UInt8(ascii: "u"):
            (scalar, end) = try Self.character(bytes, at: start)
            return
        default: throw .unknown
        }
        end = start + 2
    }

    private static func character(
        _ bytes: UnsafeBufferPointer<UInt8>, at start: Int
    ) throws(Failure) -> (Unicode.Scalar, end: Int) {
        let code = try number(bytes, at: start + 2)
        if let scalar = Unicode.Scalar(code) { return (scalar, start + 6) }
        // A character beyond the first plane is a pair of surrogates.
        let second = start + 6
        guard code < 0xDC00, second + 1 < bytes.count, bytes[second] == UInt8(ascii: "\\"),
            bytes[second + 1] == UInt8(ascii: "u")
        else { throw .halfSurrogatePair }
        let low = try number(bytes, at: second + 2)
        guard (0xDC00...0xDFFF).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (code - 0xD800) << 10 + (low - 0xDC00))
        else { throw .halfSurrogatePair }
        return (scalar, second + 6)
    }

    /// Four hexadecimal digits.
    private static func number(_ bytes: UnsafeBufferPointer<UInt8>, at start: Int) throws(Failure) -> UInt32 {
        guard start + 4 <= bytes.count else { throw .noHexadecimal }
        var number: UInt32 = 0
        for byte in bytes[start..<start + 4] {
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x41...0x46: digit = byte - 0x41 + 10
            case 0x61...0x66: digit = byte - 0x61 + 10
            default: throw .noHexadecimal
            }
            number = number << 4 | UInt32(digit)
        }
        return number
    }
}
