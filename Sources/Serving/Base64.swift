/// Base64 (RFC 4648, section 4), also with the alphabet for URLs, with or without padding, and with line ends.
package enum Base64 {
    private static let ignored: UInt8 = 0xFE
    private static let invalid: UInt8 = 0xFF

    /// The value of each byte.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: invalid, count: 256)
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
        for (value, byte) in alphabet.enumerated() { values[Int(byte)] = UInt8(value) }
        values[Int(UInt8(ascii: "-"))] = 62
        values[Int(UInt8(ascii: "_"))] = 63
        for byte in "\r\n\t ".utf8 { values[Int(byte)] = ignored }
        return values
    }()

    /// The decoded bytes; nil where `text` is not base64.
    package static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var text = text
        while let last = text.last, values[Int(last)] == ignored { text = text.dropLast() }
        var padding = 0
        while padding < 2, text.last == UInt8(ascii: "=") {
            text = text.dropLast()
            padding += 1
        }
        var digits = 0
        var isValid = true
        let decoded = [UInt8](unsafeUninitializedCapacity: text.count / 4 * 3 + 3) { output, count in
            text.withUnsafeBufferPointer { input in
                values.withUnsafeBufferPointer { values in
                    var bits: UInt32 = 0
                    for byte in input {
                        let value = values[Int(byte)]
                        guard value < 64 else {
                            if value == ignored { continue }
                            isValid = false
                            return
                        }
                        bits = bits << 6 | UInt32(value)
                        digits += 1
                        if digits & 3 == 0 {
                            output[count] = UInt8(truncatingIfNeeded: bits >> 16)
                            output[count + 1] = UInt8(truncatingIfNeeded: bits >> 8)
                            output[count + 2] = UInt8(truncatingIfNeeded: bits)
                            count += 3
                        }
                    }
                    switch digits & 3 {
                    case 2:
                        output[count] = UInt8(truncatingIfNeeded: bits >> 4)
                        count += 1
                    case 3:
                        output[count] = UInt8(truncatingIfNeeded: bits >> 10)
                        output[count + 1] = UInt8(truncatingIfNeeded: bits >> 2)
                        count += 2
                    default: break
                    }
                }
            }
        }
        // One digit more than whole groups says less than a byte; padding must fill its group.
        guard isValid, digits & 3 != 1, padding == 0 || (digits + padding) & 3 == 0 else { return nil }
        return decoded
    }

    /// The bytes of base64 or of a data URL with base64 (RFC 2397), whose media type is not looked at.
    package static func decodeImage(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.prefix(5).elementsEqual("data:".utf8) else { return decode(text) }
        // A media type with parameters is far shorter than this.
        guard let comma = text.prefix(256).firstIndex(of: UInt8(ascii: ",")),
            text[..<comma].suffix(7).elementsEqual(";base64".utf8)
        else { return nil }
        return decode(text[(comma + 1)...])
    }
}
