/// The whole numbers from 0 to 255 of a JSON array, a byte each: photos are sent so, and a value for each number would take
/// sixteen times the text. Arrays within arrays are written one after another.
struct PackedNumbers {
    /// The numbers, in their order.
    private(set) var bytes: [UInt8] = []
    /// The index behind the array.
    private(set) var end: Int

    /// Reads the array that begins at `start`; nil where anything else is in it, which is then to be read as what it is.
    init?(_ text: UnsafeBufferPointer<UInt8>, from start: Int, maximumDepth: Int) {
        guard start < text.count, text[start] == UInt8(ascii: "[") else { return nil }
        end = start
        var (depth, isValueNext, isFirst) = (0, true, false)
        repeat {
            while end < text.count, Self.isWhitespace(text[end]) { end += 1 }
            guard end < text.count else { return nil }
            switch text[end] {
            case UInt8(ascii: "[") where isValueNext && depth < maximumDepth:
                depth += 1
                isFirst = true
                end += 1
            case UInt8(ascii: "0")...UInt8(ascii: "9") where isValueNext && depth > 0:
                guard let byte = Self.number(text, &end) else { return nil }
                bytes.append(byte)
                (isValueNext, isFirst) = (false, false)
            case UInt8(ascii: ",") where !isValueNext:
                (isValueNext, isFirst) = (true, false)
                end += 1
            case UInt8(ascii: "]") where !isValueNext || isFirst:
                depth -= 1
                (isValueNext, isFirst) = (false, false)
                end += 1
            default: return nil
            }
        } while depth > 0
    }

    private static func isWhitespace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    /// A number of at most three digits without a zero in front; what follows it is the caller's to look at.
    private static func number(_ text: UnsafeBufferPointer<UInt8>, _ position: inout Int) -> UInt8? {
        var value = 0
        let start = position
        while position < text.count, (0x30...0x39).contains(text[position]) {
            guard position - start < 3, position == start || value > 0 else { return nil }
            value = value * 10 + Int(text[position] - 0x30)
            position += 1
        }
        return UInt8(exactly: value)
    }
}
