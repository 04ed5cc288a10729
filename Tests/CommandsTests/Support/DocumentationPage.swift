import Foundation
import TestSupport
import Testing

/// A page of the documentation, as its readers take it.
struct DocumentationPage {
    /// A block of code.
    struct Block: CustomTestStringConvertible {
        let file: String
        let line: Int
        let language: String
        let text: String

        var testDescription: String { "\(file):\(line)" }
    }

    /// All pages: the one in front, and those under `Documentation`.
    static let all: [DocumentationPage] = {
        let folder = Program.repository + "/Documentation"
        let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        let pages = names.filter { $0.hasSuffix(".md") }.sorted().map { "Documentation/" + $0 }
        return (["README.md"] + pages).compactMap { try? DocumentationPage($0) }
    }()

    /// Its path in the repository.
    let file: String
    let text: String
    /// Its blocks of code.
    let blocks: [Block]

    init(_ file: String) throws {
        self.file = file
        text = try String(contentsOfFile: Program.repository + "/" + file, encoding: .utf8)
        var blocks: [Block] = []
        var open: (line: Int, language: String, indent: Int, lines: [Substring])?
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let plain = line.drop { $0 == " " }
            let indent = line.count - plain.count
            if let block = open {
                if plain == "```" {
                    blocks.append(
                        Block(
                            file: file, line: block.line, language: block.language,
                            text: block.lines.joined(separator: "\n")))
                    open = nil
                } else {
                    open?.lines.append(line.dropFirst(min(indent, block.indent)))
                }
            } else if plain.hasPrefix("```") {
                open = (number + 1, String(plain.dropFirst(3)), indent, [])
            }
        }
        self.blocks = blocks
    }

    /// What stands between backticks within a line, outside of blocks.
    var inlineCode: [String] {
        var isInside = false
        return text.split(separator: "\n").flatMap { line -> [String] in
            if line.drop(while: { $0 == " " }).hasPrefix("```") { isInside.toggle() }
            guard !isInside else { return [] }
            return line.split(separator: "`", omittingEmptySubsequences: false).enumerated()
                .filter { $0.offset % 2 == 1 }.map { String($0.element) }
        }
    }

    /// Where its links lead, without those of the web.
    var links: [String] {
        text.matches(of: /\]\(([^)\s]+)\)/).map { String($0.output.1) }.filter { !$0.contains("://") }
    }

    /// The anchors of its headings, as GitHub makes them.
    var anchors: Set<String> {
        Set(
            text.split(separator: "\n").filter { $0.hasPrefix("#") }.map { heading in
                heading.drop { $0 == "#" || $0 == " " }.lowercased()
                    .filter { $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" }.replacing(" ", with: "-")
            })
    }
}
