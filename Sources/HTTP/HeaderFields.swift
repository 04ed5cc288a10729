/// The header fields of a message: in order, duplicates kept, names compared without case (RFC 9110, section 5).
///
/// Held as they are written on the wire, line behind line in one piece of memory: a section is read and written far more
/// often than a field of it is looked at, and then costs no string a name and a value.
public struct HeaderFields: Sendable, Equatable, RandomAccessCollection, ExpressibleByDictionaryLiteral {
    /// One field line.
    public struct Field: Sendable, Equatable {
        /// The name as it was written.
        public let name: String
        /// The value without the white space around it. Octets that are not UTF-8 are replaced by U+FFFD.
        public let value: String

        /// A field line; nothing is checked here (the encoder refuses what could break the framing).
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Where a line is: name, `: `, value, CR LF.
    struct Line: Sendable, Equatable {
        /// Where the name begins.
        let start: Int
        /// Where the colon is.
        let colon: Int
        /// Behind the LF.
        let end: Int
        /// Whether the name is a token.
        let hasValidName: Bool
        /// Whether the value is free of control characters.
        let hasValidValue: Bool

        var name: Range<Int> { start..<colon }
        var value: Range<Int> { (colon + 2)..<(end - 2) }
    }

    /// The lines' octets, without a gap.
    private(set) var octets: [UInt8] = []
    private(set) var lines: [Line] = []

    /// No fields.
    public init() {}

    /// The fields of a literal, in its order.
    public init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { add(name, value) }
    }

    // MARK: Looking

    /// The index of the first field line.
    public var startIndex: Int { 0 }
    /// The number of field lines.
    public var endIndex: Int { lines.count }
    /// The field line at `index`.
    public subscript(index: Int) -> Field {
        Field(name: String(decoding: octets[lines[index].name], as: UTF8.self), value: value(of: lines[index]))
    }

    /// The combined value of a field, the lines joined by `, ` (RFC 9110, section 5.3); `nil` where there is none. Setting it
    /// replaces every line of that name; setting `nil` removes them.
    public subscript(name: String) -> String? {
        get {
            var combined: String?
            for index in lines.indices where isNamed(index, name) {
                let value = value(of: lines[index])
                combined = if let earlier = combined { earlier + ", " + value } else { value }
            }
            return combined
        }
        set {
            guard let newValue else { return remove(name) }
            guard let first = lines.indices.first(where: { isNamed($0, name) }) else { return add(name, newValue) }
            self = rebuilt { index, fields in
                if index == first {
                    fields.add(name, newValue)
                } else if !isNamed(index, name) {
                    fields.add(lines[index], of: self)
                }
            }
        }
    }

    /// The value of the first line of that name.
    public func first(_ name: String) -> String? {
        for index in lines.indices where isNamed(index, name) { return value(of: lines[index]) }
        return nil
    }

    /// The values of all lines of that name, in order.
    public func values(_ name: String) -> [String] {
        var values: [String] = []
        for index in lines.indices where isNamed(index, name) { values.append(value(of: lines[index])) }
        return values
    }

    /// Whether there is a line of that name.
    public func contains(_ name: String) -> Bool {
        for index in lines.indices where isNamed(index, name) { return true }
        return false
    }

    /// Whether one of the elements of a comma-separated field is `token`, without case (`Connection`, `Vary`…).
    public func contains(_ name: String, token: String) -> Bool {
        values(name).contains { value in Grammar.listElements(value).contains { Grammar.areEqual($0, token) } }
    }

    private func isNamed(_ index: Int, _ name: String) -> Bool {
        let line = lines[index].name
        let name = name.utf8
        guard line.count == name.count else { return false }
        var position = line.lowerBound
        for octet in name {
            guard Grammar.lowercased(octet) == Grammar.lowercased(octets[position]) else { return false }
            position += 1
        }
        return true
    }

    private func value(of line: Line) -> String { String(decoding: octets[line.value], as: UTF8.self) }

    // MARK: Changing

    /// All fields, which are not here any more.
    mutating func take() -> HeaderFields {
        let fields = self
        self = HeaderFields()
        return fields
    }

    /// Adds a line after the others, whether or not there is one of that name.
    public mutating func add(_ name: String, _ value: String) {
        add(name, upTo: value.utf8.count) { $0.append(value) }
    }

    /// Adds a line whose value is written in place, of at most `capacity` octets.
    package mutating func add(_ name: String, upTo capacity: Int, _ writeValue: (inout OctetWriter) -> Void) {
        let nameCount = name.utf8.count
        append(upTo: nameCount + 4 + capacity) { memory in
            var line = OctetWriter(memory)
            line.append(name)
            line.append(": ")
            writeValue(&line)
            let octets = UnsafeRawBufferPointer(memory)
            let hasValidName = Grammar.isToken(UnsafeRawBufferPointer(rebasing: octets[..<nameCount]))
            let value = UnsafeRawBufferPointer(rebasing: octets[(nameCount + 2)..<line.count])
            let hasValidValue = Grammar.isFieldValue(value)
            line.append("\r\n")
            return (line.count, nameCount, hasValidName, hasValidValue)
        }
    }

    /// Adds a line that is known to be valid.
    mutating func add(_ field: FieldLine) {
        let nameCount = field.nameBytes.count
        append(upTo: nameCount + 4 + field.valueBytes.count) { memory in
            var line = OctetWriter(memory)
            line.append(field.nameBytes)
            line.append(": ")
            line.append(field.valueBytes)
            line.append("\r\n")
            return (line.count, nameCount, true, true)
        }
    }

    /// Has a line written, as one piece, and adds it.
    @inline(__always)
    private mutating func append(
        upTo capacity: Int,
        _ write: (UnsafeMutableBufferPointer<UInt8>) -> (
            count: Int, nameCount: Int, hasValidName: Bool, hasValidValue: Bool
        )
    ) {
        if octets.isEmpty {
            // What most messages need.
            octets.reserveCapacity(320)
            lines.reserveCapacity(8)
        }
        let start = octets.count
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: capacity) { memory in
            let written = write(memory)
            octets.append(contentsOf: UnsafeBufferPointer(rebasing: memory[..<written.count]))
            lines.append(
                Line(
                    start: start, colon: start + written.nameCount, end: octets.count,
                    hasValidName: written.hasValidName, hasValidValue: written.hasValidValue))
        }
    }

    private mutating func add(_ line: Line, of other: HeaderFields) {
        let start = octets.count
        octets.append(contentsOf: other.octets[line.start..<line.end])
        lines.append(
            Line(
                start: start, colon: start + line.name.count, end: octets.count, hasValidName: line.hasValidName,
                hasValidValue: line.hasValidValue))
    }

    /// Removes every line of that name.
    public mutating func remove(_ name: String) {
        guard contains(name) else { return }
        self = rebuilt { index, fields in if !isNamed(index, name) { fields.add(lines[index], of: self) } }
    }

    private func rebuilt(_ addLine: (_ index: Int, _ fields: inout HeaderFields) -> Void) -> HeaderFields {
        var fields = HeaderFields()
        for index in lines.indices { addLine(index, &fields) }
        return fields
    }
}
