import JSON

/// Parts of a parsed JSON text, for tests.
extension JSONValue {
    /// The member of an object.
    subscript(name: String) -> JSONValue? { members.first { $0.name == name }?.value }

    /// The members of an object; none of what is no object.
    var members: [(name: String, value: JSONValue)] {
        if case .object(let members) = self { members } else { [] }
    }

    /// The elements of an array; none of what is no array.
    var elements: [JSONValue] {
        if case .array(let elements) = self { elements } else { [] }
    }

    /// A number.
    var double: Double? {
        if case .number(let text) = self { Double(text) } else { nil }
    }
}
