import Platform

/// Counts what a protocol buffer holds before it is decoded.
///
/// Whether bytes of a field are a message is not written in it, so that whatever could be one is counted as one.
enum ProtobufBounds {
    /// - Throws: if the outermost messages are cut off, or if there are more fields than a file of so many messages has.
    static func check(_ bytes: [UInt8], maximumMessages: Int, maximumDepth: Int, format: String) throws(ModelFileError)
    {
        var walk = Walk(bytes: bytes, maximumDepth: maximumDepth, remaining: maximumMessages)
        guard walk.fields(of: 0..<bytes.count, depth: 0) else {
            guard walk.remaining > 0 else {
                throw .tooMany(what: "fields", found: maximumMessages + 1, limit: maximumMessages)
            }
            throw .malformed(format: format, reason: "a field is cut off", offset: walk.offset)
        }
    }

    private struct Walk {
        let bytes: [UInt8]
        let maximumDepth: Int
        /// Fields with a length that may still come.
        var remaining: Int
        var offset = 0

        /// Goes over the fields of a message; false where the bytes are none.
        mutating func fields(of range: Range<Int>, depth: Int) -> Bool {
            offset = range.lowerBound
            while offset < range.upperBound {
                guard let tag = varint(range.upperBound), tag >> 3 != 0 else { return false }
                switch tag & 7 {
                case 0: guard varint(range.upperBound) != nil else { return false }
                case 1: offset += 8
                case 5: offset += 4
                case 2:
                    guard let length = varint(range.upperBound), length <= range.upperBound - offset else {
                        return false
                    }
                    remaining -= 1
                    guard remaining > 0 else { return false }
                    let end = offset + Int(length)
                    // What turns out to be no message is counted up to there, as far as a decoder would get.
                    if depth < maximumDepth {
                        _ = fields(of: offset..<end, depth: depth + 1)
                        guard remaining > 0 else { return false }
                    }
                    offset = end
                default: return false
                }
                guard offset <= range.upperBound else { return false }
            }
            return true
        }

        private mutating func varint(_ end: Int) -> UInt64? {
            var value: UInt64 = 0
            for shift in stride(from: 0, to: 64, by: 7) {
                guard offset < end else { return nil }
                let byte = bytes[offset]
                offset += 1
                value |= UInt64(byte & 0x7F) << UInt64(shift)
                if byte & 0x80 == 0 { return value }
            }
            return nil
        }
    }
}
