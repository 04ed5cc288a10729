/// Text that comes from outside (names in a model's file, labels, names of files) as it may stand on a terminal, in a line of a
/// log or in a line of a report.
///
/// Raw, it could end the line, colour or erase what is on the screen, or turn the order of the letters round. Formats that
/// have escapes of their own (JSON, Prometheus, HTML) do not need this.
public enum PrintableText {
    /// Whether a character acts instead of being shown: control characters (C0, DEL, C1), separators of lines and paragraphs,
    /// marks that turn the direction of text, and those of interlinear annotation.
    package static func isActive(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x2028...0x202E, 0x2066...0x2069, 0xFFF9...0xFFFB: true
        default: false
        }
    }
}

extension String {
    /// The text with characters that act written as escapes: `\n`, `\t`, `\u{1B}`.
    public var printable: String { printable(limit: .max) }

    /// The same of a text of several lines, whose ends stay.
    public var printableLines: String {
        unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { String($0).printable }
            .joined(separator: "\n")
    }

    /// The same of a text of which no more than `limit` characters are worth showing: an ellipsis stands for the rest.
    public func printable(limit: Int) -> String {
        guard unicodeScalars.contains(where: PrintableText.isActive) || unicodeScalars.count > limit else {
            return self
        }
        var result = ""
        for (index, scalar) in unicodeScalars.enumerated() {
            guard index < limit else { return result + "…" }
            if !PrintableText.isActive(scalar) {
                result.unicodeScalars.append(scalar)
                continue
            }
            switch scalar {
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default: result += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
            }
        }
        return result
    }
}
