/// Parses a JSON text (RFC 8259) within limits: depth, number of values, length of numbers. Time and memory are linear in
/// the text. A name that occurs twice in an object is refused, since readers disagree on which one counts.
package struct JSONReader {
    /// Arrays and objects within each other, unless a caller allows another number.
    package static let maximumDepth = 16
    /// Values of a text, unless a caller allows another number.
    package static let maximumValues = 4096
    /// Characters of a number.
    package static let maximumNumberLength = 64

    private let text: ArraySlice<UInt8>
    private var position: Int
    private var values = 0
    private let maximumDepth: Int
    private let maximumValues: Int

    private init(_ text: ArraySlice<UInt8>, maximumDepth: Int, maximumValues: Int) {
        self.text = text
        self.maximumDepth = maximumDepth
        self.maximumValues = maximumValues
        position = text.startIndex
    }

    /// The value of a whole text.
    ///
    /// - Throws: what is wrong with the text, or beyond a limit.
    package static func parse(
        _ text: ArraySlice<UInt8>, maximumDepth: Int = JSONReader.maximumDepth,
        maximumValues: Int = JSONReader.maximumValues
    ) throws(JSONError) -> JSONValue {
        var reader = JSONReader(text, maximumDepth: maximumDepth, maximumValues: maximumValues)
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
            guard let name = String(validating: try string(), as: UTF8.self) else {
                throw failure("a name is not UTF-8")
            }
            guard names.insert(name).inserted else { throw failure("a name occurs twice in an object") }
            skipWhitespace()
            guard take(":") else { throw failure("a colon is expected") }
            members.append((name, try value(depth: depth + 1)))
            skipWhitespace()
            if take("}") { return .object(members) }
            guard take(",") else { throw failure("a comma or } is expected") }
        }
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

    /// The bytes between quotation marks: a part of the text where there is no escape, else a copy.
    private mutating func string() throws(JSONError) -> ArraySlice<UInt8> {
        position += 1
        let start = position
        skipPlain()
        if next == UInt8(ascii: "\"") {
            position += 1
            return text[start..<(position - 1)]
        }
        var unescaped = Array(text[start..<position])
        while true {
            guard let byte = next else { throw failure("a string has no end") }
            if byte == UInt8(ascii: "\"") {
                position += 1
                return unescaped[...]
            }
            guard byte == UInt8(ascii: "\\") else { throw failure("a string holds a control character") }
            position += 1
            try escape(into: &unescaped)
            let plain = position
            skipPlain()
            unescaped += text[plain..<position]
        }
    }

    /// Moves on to the next quotation mark, backslash or control character.
    private mutating func skipPlain() {
        let start = position
        position = text.withUnsafeBufferPointer { buffer in
            var offset = start - text.startIndex
            while offset < buffer.count {
                let byte = buffer[offset]
                if byte == 0x22 || byte == 0x5C || byte < 0x20 { break }
                offset += 1
            }
            return text.startIndex + offset
        }
    }

    private mutating func escape(into bytes: inout [UInt8]) throws(JSONError) {
        guard let byte = next else { throw failure("a string has no end") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(byte)
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "f"): bytes.append(0x0C)
        case UInt8(ascii: "n"): bytes.append(0x0A)
        case UInt8(ascii: "r"): bytes.append(0x0D)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "u"):
            var code = try hexadecimal()
            // A character beyond the first plane is a pair of surrogates.
            if (0xD800...0xDBFF).contains(code) {
                guard take("\\"), take("u") else { throw failure("half a surrogate pair") }
                let low = try hexadecimal()
                guard (0xDC00...0xDFFF).contains(low) else { throw failure("half a surrogate pair") }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw failure("half a surrogate pair") }
            bytes.append(contentsOf: UTF8.encode(scalar).map(Array.init) ?? [])
        default: throw failure("an unknown escape")
        }
    }

    private mutating func hexadecimal() throws(JSONError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                throw failure("an escape without four hexadecimal digits")
            }
            code = code << 4 | UInt32(digit)
            position += 1
        }
        return code
    }
}
