/// Writes HTML of elements and text. Text is escaped; what stands between backticks is code.
struct HTMLWriter {
    private(set) var text = ""

    /// Writes an element around what `body` writes. Names and attributes' names are our own; their values are escaped.
    mutating func element(_ name: String, _ attributes: [(String, String)] = [], _ body: (inout HTMLWriter) -> Void) {
        open(name, attributes)
        body(&self)
        text += "</\(name)>"
    }

    /// Writes an element around text.
    mutating func element(_ name: String, _ attributes: [(String, String)], _ text: String) {
        element(name, attributes) { $0.write(text) }
    }

    /// Writes an element without attributes around text.
    mutating func element(_ name: String, _ text: String) { element(name, [], text) }

    /// Writes an element that has no end.
    mutating func open(_ name: String, _ attributes: [(String, String)] = []) {
        text += "<\(name)"
        for (name, value) in attributes { text += " \(name)=\"\(Self.escaped(value))\"" }
        text += ">"
    }

    /// Writes text.
    mutating func write(_ text: String) {
        for (index, part) in text.split(separator: "`", omittingEmptySubsequences: false).enumerated() {
            self.text += index.isMultiple(of: 2) ? Self.escaped(part) : "<code>\(Self.escaped(part))</code>"
        }
    }

    /// Writes what is HTML already, and our own.
    mutating func writeVerbatim(_ html: String) { text += html }

    private static func escaped(_ text: some StringProtocol) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
