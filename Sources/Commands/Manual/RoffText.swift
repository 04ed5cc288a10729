/// Text in roff with the macros of man(7), line by line.
struct RoffText {
    private var lines: [String] = []
    /// The longest line of text, in bytes: readers of the source, and checkers, want lines that fit a terminal, also where
    /// they write a character that is none of ASCII's in nine.
    private static let width = 72

    /// The text.
    consuming func finish() -> String { lines.joined(separator: "\n") + "\n" }

    /// A macro with its arguments, which are plain.
    mutating func macro(_ name: String, _ arguments: [String]) {
        let words = arguments.map { argument in
            // A date is read as it stands.
            let isDate = argument.wholeMatch(of: /[0-9]{4}-[0-9]{2}-[0-9]{2}/) != nil
            let text = isDate ? argument : Self.escaped(argument).replacing("\"", with: "\\(dq")
            return text.isEmpty || text.contains(" ") ? "\"\(text)\"" : text
        }
        lines.append(([".", name].joined() + (words.isEmpty ? "" : " " + words.joined(separator: " "))))
    }

    /// A line that is escaped already.
    mutating func line(_ text: String) {
        // A full stop or an apostrophe at the beginning would make it a request.
        lines.append(text.hasPrefix(".") || text.hasPrefix("'") ? "\\&" + text : text)
    }

    /// Paragraphs, an empty line between them; what stands between backquotes is bold.
    mutating func paragraphs(_ text: String) {
        for paragraph in text.split(separator: "\n\n") {
            if lines.last.map({ !$0.hasPrefix(".S") && !$0.hasPrefix(".P") }) ?? false { lines.append(".PP") }
            fill(String(paragraph))
        }
    }

    /// A heading within a section.
    mutating func heading(_ text: String) {
        lines.append(".PP")
        line(Self.italic(text + ":"))
    }

    /// A term, escaped already, and what it means.
    mutating func item(_ term: String, _ text: String) {
        lines.append(".TP")
        line(term)
        fill(text)
    }

    /// Lines as a person types them.
    mutating func example(_ text: [String]) {
        lines += [".PP", ".RS 4", ".EX"]
        for line in text { self.line(Self.escaped(line)) }
        lines += [".EE", ".RE"]
    }

    /// Words in lines, a sentence beginning on a new one.
    private mutating func fill(_ text: String) {
        var current = ""
        for word in Self.marked(text).split(whereSeparator: { $0 == " " || $0 == "\n" }) {
            if !current.isEmpty, current.utf8.count + 1 + word.utf8.count > Self.width {
                line(current)
                current = ""
            }
            current += current.isEmpty ? word : " " + word
            if word.hasSuffix("."), !word.hasSuffix("...") {
                line(current)
                current = ""
            }
        }
        if !current.isEmpty { line(current) }
    }

    /// Text escaped, with bold for what stands between backquotes.
    private static func marked(_ text: String) -> String {
        let parts = text.split(separator: "`", omittingEmptySubsequences: false)
        // One that is not closed is a letter.
        guard parts.count % 2 == 1 else { return escaped(text) }
        return parts.enumerated().map { index, part in
            index % 2 == 0 ? escaped(part) : bold(part)
        }.joined()
    }

    /// Words in bold.
    static func bold(_ text: some StringProtocol) -> String { "\\fB" + escaped(text) + "\\fR" }

    /// Words in italics.
    static func italic(_ text: some StringProtocol) -> String { "\\fI" + escaped(text) + "\\fR" }

    /// Text with what roff would act on or replace escaped (groff_char(7), man-pages(7)): hyphens of options and of what else
    /// is typed stay hyphens, to be copied.
    static func escaped(_ text: some StringProtocol) -> String {
        var result = ""
        for character in text {
            switch character {
            case "\\": result += "\\e"
            case "-": result += "\\-"
            case "'": result += "\\(aq"
            case "`": result += "\\(ga"
            case "^": result += "\\(ha"
            case "~": result += "\\(ti"
            default: result.append(character)
            }
        }
        return result
    }
}
