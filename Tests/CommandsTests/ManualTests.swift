import Foundation
import TestSupport
import Testing

/// The manual page: all that the help says, in roff that no checker complains about.
@Suite(.endToEnd)
struct ManualTests {
    private func page() throws -> String {
        let run = try CommandRun(["manual"], environment: ["SOURCE_DATE_EPOCH": "1780000000"])
        #expect(run.exit == .status(0) && run.errors.isEmpty, "\(run.errors)")
        return run.text
    }

    private static func tool(_ name: String) -> String? {
        ["/usr/bin/", "/bin/", "/usr/local/bin/"].map { $0 + name }.first(
            where: FileManager.default.isExecutableFile)
    }

    @Test("It has each command and each option of the help")
    func complete() throws {
        let page = try page()
        #expect(page.hasPrefix(".TH MULTIBOX 1 2026-05-28 "))
        let plain = page.replacing("\\-", with: "-")
        let commands = [
            "serve", "detect", "evaluate", "train", "report", "convert", "benchmark", "models info", "healthcheck",
        ]
        for command in commands {
            let start = try #require(plain.range(of: ".SS \"multibox \(command)\"\n")?.upperBound, "\(command)")
            let end = plain.range(of: "\n.S", range: start..<plain.endIndex)?.lowerBound ?? plain.endIndex
            let section = plain[start..<end]
            let help = try CommandRun(command.split(separator: " ").map(String.init) + ["--help"]).text
            let options = Set(help.matches(of: /(?m)^  (?:-\w, )?(--[a-z0-9-]+)/).map { String($0.1) })
                .subtracting(["--help", "--version"])
            #expect(options.count >= 1, "\(command)")
            for option in options { #expect(section.contains("\\fB\(option)\\fR"), "\(command) \(option)") }
        }
        // What is not shown in the help is not here either.
        #expect(!plain.contains("--print-settings") && !plain.contains("multibox manual"))
        for title in ["EXIT STATUS", "ENVIRONMENT", "FILES", "EXAMPLES", "SEE ALSO"] {
            #expect(page.contains("\n.SH \"\(title)\"\n") || page.contains("\n.SH \(title)\n"), "\(title)")
        }
    }

    @Test("mandoc finds nothing to warn of", .enabled(if: Self.tool("mandoc") != nil, "needs mandoc"))
    func mandoc() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("multibox.1", try page())
        let process = try ChildProcess(try #require(Self.tool("mandoc")), ["-T", "lint", "-W", "style", file])
        defer { process.end() }
        _ = try process.wait()
        let said = try process.output.allBytes() + process.errors.allBytes()
        // That a page of another section is not installed here is no fault of this one.
        let complaints = String(decoding: said, as: UTF8.self).split(separator: "\n")
            .filter { !$0.contains("referenced manual not found") }
        #expect(complaints.isEmpty, "\(complaints.joined(separator: "\n"))")
    }

    @Test("groff finds nothing to warn of", .enabled(if: Self.tool("groff") != nil, "needs groff"))
    func groff() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("multibox.1", try page())
        let process = try ChildProcess(
            try #require(Self.tool("groff")), ["-man", "-Tutf8", "-k", "-ww", "-z", file])
        defer { process.end() }
        #expect(try process.wait() == .status(0))
        let said = String(decoding: try process.errors.allBytes(), as: UTF8.self)
        // What its own macros warn of, where warnings of all kinds are on, names their files.
        let complaints = said.split(separator: "\n").filter { $0.contains("multibox.1") }
        #expect(complaints.isEmpty, "\(said)")
    }
}
