import Settings
import Testing

/// Files of settings: what is read of YAML, and what is refused before it can cost anything.
struct SettingsFileTests {
    private func error(_ text: String) -> SettingsFileError? {
        do throws(SettingsFileError) {
            _ = try SettingsFile(parsing: Array(text.utf8))
            return nil
        } catch { return error }
    }

    @Test func `names and values, comments, quotes, the marks of a document`() throws {
        let text = """
            ---
            # comment: 1
            port : 8080
              # another
            max-queue:  64 # photos

            listen: "127.0.0.1:80,[::1]:80"
            name: 'it''s # here'
            unix-socket: /run/a b&c*.sock
            empty:
            ...
            """
        let expected = [
            "port": "8080", "max-queue": "64", "listen": "127.0.0.1:80,[::1]:80", "name": "it's # here",
            "unix-socket": "/run/a b&c*.sock", "empty": "",
        ]
        #expect(try SettingsFile(parsing: Array(text.utf8)).values == expected)
        let windows = [0xEF, 0xBB, 0xBF] + Array("port: 1\r\nhost: a\r\n".utf8)
        #expect(try SettingsFile(parsing: windows).values == ["port": "1", "host": "a"])
        #expect(try SettingsFile(parsing: []).values.isEmpty)
    }

    @Test(
        "What is more than a scalar in a line",
        arguments: [
            "a: [1, 2]", "a: {b: 1}", "{a: 1}", "- a", "a: &x 1", "a: *x", "a: !!int 1", "a: |", "a: >", "  a: 1",
            "? a",
            "<<: *x", "&x a: 1", "\"a\": 1", "a", "-a: 1", ": 1", "%YAML 1.2", "a: [[[[[[[[",
        ])
    func structure(line: String) {
        #expect(error("b: 1\n" + line) == .structure(line: 2))
    }

    @Test(arguments: ["a: \"1", "a: '1", "a: b: c", "a: 1 'x': 2", "a: \"\\q\"", "a:\u{1}b"])
    func `lines that are not YAML`(line: String) {
        switch error(line) {
        case .malformed(line: 1, _), .structure(line: 1): break
        case let other: Issue.record("\(other as Any)")
        }
    }

    @Test func `names that are there twice`() { #expect(error("a: 1\n#\na: 2") == .duplicate("a", line: 3)) }

    @Test func `bytes that are no text, and too many`() {
        #expect(throws: SettingsFileError.notUTF8(line: 2)) {
            try SettingsFile(parsing: Array("a: 1\nb: ".utf8) + [0xFF])
        }
        let limit = SettingsFile.maximumBytes
        #expect(throws: SettingsFileError.tooLarge(limit: limit)) {
            try SettingsFile(parsing: [UInt8](repeating: 0x0A, count: limit + 1))
        }
        #expect((try? SettingsFile(parsing: [UInt8](repeating: 0x0A, count: limit)))?.values.isEmpty == true)
    }

    @Test("Aliases of aliases, and brackets in brackets, cost nothing")
    func bombs() {
        let laughs = (1...9).map { "a\($0): &a\($0) [*a\($0 - 1), *a\($0 - 1), *a\($0 - 1)]" }.joined(separator: "\n")
        #expect(error("a0: &a0 x\n" + laughs + "\n? *a9\n: 1\n") == .structure(line: 1))
        #expect(error("a: " + String(repeating: "[", count: 60_000)) == .structure(line: 1))
        #expect(error(String(repeating: "? ", count: 30_000)) == .structure(line: 1))
    }
}
