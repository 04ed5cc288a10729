/// The header fields of a message: in order, duplicates kept, names compared without case (RFC 9110, section 5).
public struct HeaderFields: Sendable, Equatable, RandomAccessCollection, ExpressibleByDictionaryLiteral {
    /// One field line.
    public struct Field: Sendable, Equatable {
        /// The name as it was written.
        public let name: String
        /// The value without the white space around it.
        public let value: String

        /// A field line; nothing is checked here (the encoder refuses what could break the framing).
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    private var fields: [Field]

    /// No fields.
    public init() { fields = [] }

    /// The fields of a literal, in its order.
    public init(dictionaryLiteral elements: (String, String)...) {
        fields = elements.map { Field(name: $0.0, value: $0.1) }
    }

    /// The index of the first field line.
    public var startIndex: Int { 0 }
    /// The number of field lines.
    public var endIndex: Int { fields.count }
    /// The field line at `index`.
    public subscript(index: Int) -> Field { fields[index] }

    /// The combined value of a field, the lines joined by `, ` (RFC 9110, section 5.3); `nil` where there is none. Setting it
    /// replaces every line of that name; setting `nil` removes them.
    public subscript(name: String) -> String? {
        get {
            var combined: String?
            for field in fields where Grammar.areEqual(field.name, name) {
                combined = combined.map { $0 + ", " + field.value } ?? field.value
            }
            return combined
        }
        set {
            guard let newValue else { return remove(name) }
            let replacement = Field(name: name, value: newValue)
            guard let first = fields.firstIndex(where: { Grammar.areEqual($0.name, name) }) else {
                return fields.append(replacement)
            }
            fields[first] = replacement
            let rest = fields[(first + 1)...].filter { !Grammar.areEqual($0.name, name) }
            fields.replaceSubrange((first + 1)..., with: rest)
        }
    }

    /// The value of the first line of that name.
    public func first(_ name: String) -> String? {
        fields.first { Grammar.areEqual($0.name, name) }?.value
    }

    /// The values of all lines of that name, in order.
    public func values(_ name: String) -> [String] {
        fields.compactMap { Grammar.areEqual($0.name, name) ? $0.value : nil }
    }

    /// Whether there is a line of that name.
    public func contains(_ name: String) -> Bool {
        fields.contains { Grammar.areEqual($0.name, name) }
    }

    /// Whether one of the elements of a comma-separated field is `token`, without case (`Connection`, `Vary`…).
    public func contains(_ name: String, token: String) -> Bool {
        fields.contains { field in
            Grammar.areEqual(field.name, name)
                && Grammar.listElements(field.value).contains { Grammar.areEqual($0, token) }
        }
    }

    /// Adds a line after the others, whether or not there is one of that name.
    public mutating func add(_ name: String, _ value: String) {
        fields.append(Field(name: name, value: value))
    }

    /// Removes every line of that name.
    public mutating func remove(_ name: String) {
        fields.removeAll { Grammar.areEqual($0.name, name) }
    }

    mutating func reserve(_ count: Int) { fields.reserveCapacity(count) }
}
