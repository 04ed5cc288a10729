/// A parsed JSON text. Strings stay parts of it, since the longest ones are images.
package enum JSONValue: Sendable, Equatable {
    case null
    case boolean(Bool)
    /// A number as it was written, in JSON's grammar.
    case number(String)
    /// A string; not yet proven to be UTF-8.
    case string(JSONString)
    case array([JSONValue])
    /// An array of whole numbers from 0 to 255, or such arrays one after another, where a caller asks for it.
    case bytes([UInt8])
    /// Members in their order, no name twice.
    case object([(name: String, value: JSONValue)])

    package static func == (a: JSONValue, b: JSONValue) -> Bool {
        switch (a, b) {
        case (.null, .null): true
        case (.boolean(let a), .boolean(let b)): a == b
        case (.number(let a), .number(let b)): a == b
        case (.string(let a), .string(let b)): a == b
        case (.array(let a), .array(let b)): a == b
        case (.bytes(let a), .bytes(let b)): a == b
        case (.object(let a), .object(let b)): a.elementsEqual(b) { $0.name == $1.name && $0.value == $1.value }
        default: false
        }
    }

    /// What it is, in words for people.
    package var kind: String {
        switch self {
        case .null: "null"
        case .boolean: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array, .bytes: "an array"
        case .object: "an object"
        }
    }

    /// A string as text; nil where it is none, or not UTF-8.
    package var text: String? {
        if case .string(let string) = self { string.text } else { nil }
    }
}
