/// Percent-decoding (RFC 3986, section 2.1) to UTF-8 text.
public enum PercentDecoding {
    /// `text` decoded; `nil` for a broken escape, an encoded NUL or a result that is not UTF-8. `+` stays as it is.
    public static func decode(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        return bytes.withUnsafeBufferPointer {
            try? decode(UnsafeRawBufferPointer($0), plusIsSpace: false)
        }
    }

    /// `bytes` decoded.
    ///
    /// - Throws: `RequestError.invalidPercentEncoding`. NUL is refused because what ends a C string has no place in a name.
    static func decode(_ bytes: UnsafeRawBufferPointer, plusIsSpace: Bool) throws(RequestError) -> String {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var i = 0
        while i < bytes.count {
            var byte = bytes[i]
            i += 1
            if byte == UInt8(ascii: "%") {
                guard i + 1 < bytes.count, let high = Grammar.hexadecimalValue(bytes[i]),
                    let low = Grammar.hexadecimalValue(bytes[i + 1])
                else { throw .invalidPercentEncoding }
                byte = high << 4 | low
                i += 2
            } else if plusIsSpace, byte == UInt8(ascii: "+") {
                byte = 0x20
            }
            guard byte != 0 else { throw .invalidPercentEncoding }
            decoded.append(byte)
        }
        guard let text = String(validating: decoded, as: UTF8.self) else { throw .invalidPercentEncoding }
        return text
    }
}
