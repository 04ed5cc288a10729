/// Text from outside as it may stand in a log line.
enum LogText {
    /// The text with `\u{…}` for what is not shown as a character of its own: control characters (C0, DEL, C1), marks that
    /// turn the direction of text, separators of lines.
    static func escaped(_ text: String) -> String {
        if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator:
                result += "\\u{\(String(scalar.value, radix: 16))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
