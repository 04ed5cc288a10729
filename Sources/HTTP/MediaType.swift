/// A media type, `type/subtype;name=value` (RFC 9110, section 8.3.1).
public struct MediaType: Sendable, Hashable, CustomStringConvertible {
    /// A parameter; its value is unquoted.
    public struct Parameter: Sendable, Hashable {
        /// The name in lower case.
        public let name: String
        /// The value as it was written, without quotes.
        public let value: String
    }

    /// The type in lower case.
    public let type: String
    /// The subtype in lower case.
    public let subtype: String
    /// The parameters, in order; no name occurs twice.
    public let parameters: [Parameter]

    /// Parses a media type; `nil` where `text` is none, or where a parameter occurs twice.
    public init?(_ text: String) {
        var scanner = FieldScanner(text)
        scanner.skipWhitespace()
        guard let type = scanner.token(), scanner.take(UInt8(ascii: "/")), let subtype = scanner.token(),
            let parameters = scanner.parameters(), scanner.isAtEnd,
            Set(parameters.map(\.name)).count == parameters.count
        else { return nil }
        self.type = Grammar.lowercased(type)
        self.subtype = Grammar.lowercased(subtype)
        self.parameters = parameters.map { Parameter(name: $0.name, value: $0.value) }
    }

    /// `type/subtype` in lower case, without parameters: what to compare with.
    public var essence: String { type + "/" + subtype }

    /// The value of a parameter, whose name is given in lower case.
    public subscript(parameter: String) -> String? { parameters.first { $0.name == parameter }?.value }

    /// The media type as it is written in a field.
    public var description: String {
        parameters.reduce(into: essence) { text, parameter in
            text += ";" + parameter.name + "="
            if Grammar.isToken(parameter.value) {
                text += parameter.value
            } else {
                text += "\""
                for character in parameter.value.unicodeScalars {
                    if character == "\"" || character == "\\" { text += "\\" }
                    text.unicodeScalars.append(character)
                }
                text += "\""
            }
        }
    }
}
