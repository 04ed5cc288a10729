import JSON

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

    /// The most bytes that `decode` takes for a text.
    package static func maximumCount(_ text: JSONString) -> Int { text.maximumCount / 4 * 3 + 3 }

    /// The decoded bytes; nil where `text`, without its first `skipped` bytes, is not base64.
    package static func decode(_ text: JSONString, skipping skipped: Int = 0) -> [UInt8]? {
        var progress = Progress()
        let decoded = [UInt8](unsafeUninitializedCapacity: maximumCount(text)) { output, count in
            values.withUnsafeBufferPointer { values in
                var skipped = skipped
                text.forEachPiece { piece in
                    let rest = UnsafeBufferPointer(rebasing: piece.dropFirst(skipped))
                    skipped -= piece.count - rest.count
                    progress.add(rest, values, output)
                    return progress.isValid
                }
            }
            progress.finish(output)
            count = progress.isValid ? progress.count : 0
        }
        return progress.isValid ? decoded : nil
    }

    /// The bytes of base64 or of a data URL with base64 (RFC 2397), whose media type is not looked at.
    package static func decodeImage(_ text: JSONString) -> [UInt8]? {
        // A media type with parameters is far shorter than this.
        let head = text.prefix(256)
        guard head.prefix(5).elementsEqual("data:".utf8) else { return decode(text) }
        guard let comma = head.firstIndex(of: UInt8(ascii: ",")),
            head[..<comma].suffix(7).elementsEqual(";base64".utf8)
        else { return nil }
        return decode(text, skipping: comma + 1)
    }

    /// Bytes as base64, padded.
    package static func encode(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        return String(unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4) { text in
            var written = 0
            for start in stride(from: 0, to: bytes.count, by: 3) {
                let count = min(3, bytes.count - start)
                var group: UInt32 = 0
                for offset in 0..<3 { group = group << 8 | (offset < count ? UInt32(bytes[start + offset]) : 0) }
                for digit in 0..<4 {
                    let value = Int(group >> (18 - 6 * UInt32(digit)) & 63)
                    text[written + digit] = digit <= count ? alphabet[value] : UInt8(ascii: "=")
                }
                written += 4
            }
            return written
        }
    }

    /// How far a text has been decoded.
    private struct Progress {
        /// Bytes written.
        var count = 0
        var isValid = true
        private var bits: UInt32 = 0
        private var digits = 0
        private var padding = 0

        mutating func add(
            _ text: UnsafeBufferPointer<UInt8>, _ values: UnsafeBufferPointer<UInt8>,
            _ output: UnsafeMutableBufferPointer<UInt8>
        ) {
            var position = 0
            while position < text.count {
                let byte = text[position]
                let value = values[Int(byte)]
                if value == ignored {
                    position += 1
                    continue
                }
                guard value < 64, padding == 0 else {
                    padding += 1
                    position += 1
                    isValid = byte == UInt8(ascii: "=") && padding <= 2
                    if isValid { continue } else { return }
                }
                if digits & 3 == 0 {
                    let end = Self.groups(text, from: position, values, output, count)
                    count += (end - position) / 4 * 3
                    digits += end - position
                    if end > position {
                        position = end
                        continue
                    }
                }
                position += 1
                bits = bits << 6 | UInt32(value)
                digits += 1
                if digits & 3 == 0 {
                    output[count] = UInt8(truncatingIfNeeded: bits >> 16)
                    output[count + 1] = UInt8(truncatingIfNeeded: bits >> 8)
                    output[count + 2] = UInt8(truncatingIfNeeded: bits)
                    count += 3
                }
            }
        }

        /// Decodes groups of four digits, which most of a text is, as far as they go; returns where.
        private static func groups(
            _ text: UnsafeBufferPointer<UInt8>, from start: Int, _ values: UnsafeBufferPointer<UInt8>,
            _ output: UnsafeMutableBufferPointer<UInt8>, _ written: Int
        ) -> Int {
            var (position, count) = (start, written)
            while position + 4 <= text.count {
                let (a, b) = (values[Int(text[position])], values[Int(text[position + 1])])
                let (c, d) = (values[Int(text[position + 2])], values[Int(text[position + 3])])
                guard a | b | c | d < 64 else { break }
                output[count] = a << 2 | b >> 4
                output[count + 1] = b << 4 | c >> 2
                output[count + 2] = c << 6 | d
                count += 3
                position += 4
            }
            return position
        }

        /// Writes what a last group of two or three digits says.
        mutating func finish(_ output: UnsafeMutableBufferPointer<UInt8>) {
            // One digit more than whole groups says less than a byte; padding must fill its group.
            guard isValid, digits & 3 != 1, padding == 0 || (digits + padding) & 3 == 0 else {
                isValid = false
                return
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
