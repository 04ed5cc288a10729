/// Counts what a file would become in memory before it is decoded: messages and texts, each of which is dozens of bytes or more
/// there, and numbers of one byte that become eight.
///
/// It knows the messages of onnx.proto, as the bytes of a field do not tell whether they are one. What is not among them is
/// passed over, as the decoder does.
enum ONNXBounds {
    /// The most messages and texts that a file of any size has.
    static let maximumMessages = 1 << 17
    /// Those that a small file may have; a larger one has one more for each `bytesPerMessage`.
    private static let baseMessages = 1 << 12
    private static let bytesPerMessage = 6
    /// The most numbers that are listed with as few bytes as each needs: 16 MiB in memory. Weights are listed as they lie.
    static let maximumNumbers = 1 << 21

    /// - Throws: if messages are cut off, nest deeper than `maximumDepth`, or are too many.
    static func check(_ bytes: [UInt8], maximumDepth: Int) throws(ModelFileError) {
        let messages = min(maximumMessages, baseMessages + bytes.count / bytesPerMessage)
        var walk = Walk(bytes: bytes, maximumDepth: maximumDepth, messages: messages, numbers: maximumNumbers)
        guard walk.fields(of: 0..<bytes.count, .model, depth: 0) else {
            if walk.messages <= 0 { throw .tooMany(what: "fields", found: messages + 1, limit: messages) }
            if walk.numbers < 0 {
                throw .tooMany(what: "numbers that are listed", found: maximumNumbers + 1, limit: maximumNumbers)
            }
            throw .malformed(format: ONNXFile.format, reason: "a field is cut off", offset: walk.offset)
        }
    }

    /// What the bytes of a field are.
    private enum Content {
        case message(Message)
        /// A text, or bytes that are copied.
        case bytes
        /// Numbers, each with as few bytes as it needs.
        case numbers
        /// Nothing that is kept.
        case unknown
    }

    /// The messages of onnx.proto.
    private enum Message {
        case model, operatorSet, entry, graph, node, attribute, tensor, value, type, tensorType, shape, dimension

        /// What is in a field of this number.
        func content(_ field: UInt64) -> Content {
            switch (self, field) {
            case (.model, 7): .message(.graph)
            case (.model, 8): .message(.operatorSet)
            case (.model, 14): .message(.entry)
            case (.graph, 1): .message(.node)
            case (.graph, 5): .message(.tensor)
            case (.graph, 11), (.graph, 12): .message(.value)
            case (.node, 5): .message(.attribute)
            case (.attribute, 5): .message(.tensor)
            case (.attribute, 6): .message(.graph)
            case (.attribute, 8), (.tensor, 1), (.tensor, 5), (.tensor, 7): .numbers
            case (.tensor, 13): .message(.entry)
            case (.value, 2): .message(.type)
            case (.type, 1): .message(.tensorType)
            case (.tensorType, 2): .message(.shape)
            case (.shape, 1): .message(.dimension)
            case (.model, 2...3), (.operatorSet, 1), (.entry, 1...2), (.graph, 2), (.node, 1...7), (.attribute, 1...7),
                (.tensor, 4...10), (.value, 1), (.dimension, 2):
                .bytes
            default: .unknown
            }
        }
    }

    private struct Walk {
        let bytes: [UInt8]
        let maximumDepth: Int
        /// Messages, texts and numbers that may still come.
        var messages: Int
        var numbers: Int
        var offset = 0

        /// Goes over the fields of a message; false where it is cut off or there are too many.
        mutating func fields(of range: Range<Int>, _ message: Message, depth: Int) -> Bool {
            guard depth <= maximumDepth else { return false }
            offset = range.lowerBound
            while offset < range.upperBound {
                guard let tag = varint(range.upperBound), tag >> 3 != 0 else { return false }
                let content = message.content(tag >> 3)
                switch tag & 7 {
                case 0:
                    guard varint(range.upperBound) != nil else { return false }
                    if case .numbers = content { numbers -= 1 }
                case 1: offset += 8
                case 5: offset += 4
                case 2:
                    guard let length = varint(range.upperBound), length <= range.upperBound - offset else {
                        return false
                    }
                    let end = offset + Int(length)
                    switch content {
                    case .message(let inner):
                        messages -= 1
                        guard messages > 0, fields(of: offset..<end, inner, depth: depth + 1) else { return false }
                    case .bytes: messages -= 1
                    case .numbers: numbers -= bytes[offset..<end].count { $0 & 0x80 == 0 }
                    case .unknown: break
                    }
                    offset = end
                default: return false
                }
                guard offset <= range.upperBound, messages > 0, numbers >= 0 else { return false }
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
