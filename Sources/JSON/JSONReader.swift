/// Parses a JSON text (RFC 8259) within limits: depth, number of values, length of numbers and names. Time is linear in the
/// text, memory in the number of values: strings are parts of the text. A name that occurs twice in an object is refused, since readers disagree on which one counts.
package struct JSONReader {
    /// Arrays and objects within each other, unless a caller allows another number.
    package static let maximumDepth = 16
    /// Values of a text, unless a caller allows another number.
    package static let maximumValues = 4096
    /// Characters of a number.
    package static let maximumNumberLength = 64
    /// Bytes of a member's name.
    package static let maximumNameLength = 1024

    private let text: ArraySlice<UInt8>
    private var position: Int
    private var values = 0
    private let maximumDepth: Int
    private let maximumValues: Int
    private let packedName: String?

    private init(_ text: ArraySlice<UInt8>, maximumDepth: Int, maximumValues: Int, packing name: String?) {
        packedName = name
        self.text = text
        self.maximumDepth = maximumDepth
        self.maximumValues = maximumValues
        position = text.startIndex
    }

    /// The value of a whole text.
    ///
    /// - Parameter packing: the name of members whose arrays of bytes become ``JSONValue/bytes(_:)``.
    /// - Throws: what is wrong with the text, or beyond a limit.
    package static func parse(
        _ text: ArraySlice<UInt8>, maximumDepth: Int = JSONReader.maximumDepth,
        maximumValues: Int = JSONReader.maximumValues, packing name: String? = nil
    ) throws(JSONError) -> JSONValue {
        var reader = JSONReader(
            text, maximumDepth: maximumDepth, maximumValues: maximumValues, packing: name)
        // A byte order mark is not part of JSON, but some editors write it.
        if text.starts(with: [0xEF, 0xBB, 0xBF]) { reader.position += 3 }
        let value = try reader.value(depth: 0)
        reader.skipWhitespace()
        guard reader.position == text.endIndex else { throw reader.failure("something follows the value") }
        return value
    }

    private func failure(_ reason: String) -> JSONError {
        JSONError(reason: reason, offset: position - text.startIndex)
    }

    private var next: UInt8? { position < text.endIndex ? text[position] : nil }

    private mutating func take(_ byte: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: byte) else { return false }
        position += 1
        return true
    }

    private mutating func skipWhitespace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        guard depth < maximumDepth else { throw failure("it is nested deeper than \(maximumDepth)") }
        values += 1
        guard values <= maximumValues else { throw failure("it has more than \(maximumValues) values") }
        skipWhitespace()
        switch next {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .boolean(true))
        case UInt8(ascii: "f"): return try literal("false", .boolean(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case nil: throw failure("it ends too early")
        default: return try number()
        }
    }

    private mutating func literal(_ name: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        let bytes = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        guard text[position...].starts(with: bytes) else { throw failure("a value is expected") }
        position += bytes.count
        return value
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
        position += 1
        var elements: [JSONValue] = []
        skipWhitespace()
        if take("]") { return .array(elements) }
        while true {
            elements.append(try value(depth: depth + 1))
            skipWhitespace()
            if take("]") { return .array(elements) }
            guard take(",") else { throw failure("a comma or ] is expected") }
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
        position += 1
        var members: [(name: String, value: JSONValue)] = []
        var names: Set<String> = []
        skipWhitespace()
        if take("}") { return .object(members) }
        while true {
            skipWhitespace()
            guard next == UInt8(ascii: "\"") else { throw failure("a member's name is expected") }
            let written = try string()
            guard written.maximumCount <= Self.maximumNameLength else {
                throw failure("a name is longer than \(Self.maximumNameLength) bytes")
            }
            guard let name = written.text else { throw failure("a name is not UTF-8") }
            guard names.insert(name).inserted else { throw failure("a name occurs twice in an object") }
            skipWhitespace()
            guard take(":") else { throw failure("a colon is expected") }
            if name == packedName, let bytes = packed(depth: depth + 1) {
                members.append((name, .bytes(bytes)))
            } else {
                members.append((name, try value(depth: depth + 1)))
            }
            skipWhitespace()
            if take("}") { return .object(members) }
            guard take(",") else { throw failure("a comma or } is expected") }
        }
    }

    /// The array that is next as bytes; nil, and nothing is read, where it is no array of bytes.
    private mutating func packed(depth: Int) -> [UInt8]? {
        skipWhitespace()
        let start = position - text.startIndex
        let packed = text.withUnsafeBufferPointer {
            PackedNumbers($0, from: start, maximumDepth: maximumDepth - depth)
        }
        guard let packed, !packed.bytes.isEmpty else { return nil }
        position = text.startIndex + packed.end
        return packed.bytes
    }

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = position
        let limit = min(text.endIndex, start + Self.maximumNumberLength)
        while position < limit, Self.isNumeral(text[position]) { position += 1 }
        let literal = text[start..<position]
        guard let number = DecimalNumber(literal) else {
            position = start
            throw failure("a value is expected")
        }
        return .number(number.text)
    }

    private static func isNumeral(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || byte == 0x2D || byte == 0x2B || byte == 0x2E || byte | 0x20 == 0x65
    }

    // MARK: Strings

    /// What stands between quotation marks: a part of the text, never a copy.
    private mutating func string() throws(JSONError) -> JSONString {
        let base = text.startIndex
        let start = position + 1
        let scan = text.withUnsafeBufferPointer { StringScan($0, from: start - base) }
        position = base + scan.end
        if let problem = scan.problem { throw failure(problem) }
        defer { position += 1 }
        return JSONString(written: text[start..<position], hasEscapes: scan.hasEscapes)
    }

    /// The way to a string's closing quotation mark, or to what is wrong before it.
    private struct StringScan {
        var end: Int
        var hasEscapes = false
        var problem: String?

        init(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) {
            var position = start
            defer { end = position }
            end = start
            while position < bytes.count {
                switch bytes[position] {
                case UInt8(ascii: "\""): return
                case UInt8(ascii: "\\"):
                    hasEscapes = true
                    do throws(JSONEscape.Failure) {
                        position = try JSONEscape(bytes, at: position).end
                    } catch {
                        problem = error.reason
                        return
                    }
                case 0..<0x20:
                    problem = "a string holds a control character"
                    return
                default: position = PlainRun.end(bytes, from: position + 1)
                }
            }
            problem = "a string has no end"
        }
    }
}
