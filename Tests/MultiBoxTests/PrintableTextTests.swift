import MultiBox
import Testing

/// Text from outside on its way to terminals and logs.
struct PrintableTextTests {
    @Test(
        "What acts on a terminal is written as an escape",
        arguments: [
            ("\u{1B}[31mred\u{1B}[0m", "\\u{1B}[31mred\\u{1B}[0m"), ("a\nb\r\tc", "a\\nb\\r\\tc"),
            ("\u{7F}\0", "\\u{7F}\\u{0}"),
            ("\u{9B}31m", "\\u{9B}31m"), ("a\u{202E}gpj", "a\\u{202E}gpj"),
            ("\u{2066}a\u{2069}", "\\u{2066}a\\u{2069}"),
            ("a\u{2028}b\u{2029}", "a\\u{2028}b\\u{2029}"), ("\r\n", "\\r\\n"), ("e\u{301}\u{1B}", "e\u{301}\\u{1B}"),
        ])
    func active(text: String, expected: String) {
        #expect(text.printable == expected)
        #expect(expected.printable == expected)
    }

    @Test(
        "Everything else stays: letters of all scripts, joiners, pictures",
        arguments: ["", "größe", "日本", "שלום", "👩‍👩‍👧", "a\\b"])
    func plain(text: String) { #expect(text.printable == text) }

    @Test("Line ends stay in a text of lines, and nothing else does")
    func lines() {
        #expect("a\u{1B}\n\nb\r\n".printableLines == "a\\u{1B}\n\nb\\r\n")
    }

    @Test("A long text ends in an ellipsis")
    func long() {
        #expect("abcdef".printable(limit: 3) == "abc…")
        #expect("abc".printable(limit: 3) == "abc")
        #expect("\nbcdef".printable(limit: 2) == "\\nb…")
    }

    @Test("No label acts on a terminal", arguments: ["a\u{1B}b", "a\u{9B}b", "a\u{202E}b", "a\u{2028}b", "a\u{7F}"])
    func labels(name: String) {
        #expect(throws: LabelMapError.controlCharacter(line: 1)) { try LabelMap(parsing: Array(name.utf8)) }
    }
}
