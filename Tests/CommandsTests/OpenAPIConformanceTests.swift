import Foundation
import TestSupport
import Testing

/// A running service held against what it says of itself, with the tools of others.
@Suite(.endToEnd, .enabled(if: Program.testPython != nil, "\(Program.testPythonAbsence)"))
struct OpenAPIConformanceTests {
    @Test("The description is valid, and nothing is answered that is not in it")
    func description() throws {
        let folder = try TemporaryFolder()
        let server = try ServerProcess(model: try folder.writeModel())
        defer { server.process.end() }
        let photo = try folder.write("photo.png", try ColorPhoto(cells: [0: .red, 5: .green]).png)
        let seconds = Proof.isWanted ? 180 : 20
        let process = try ChildProcess(
            try #require(Program.testPython),
            [
                Program.repository + "/Tests/Conformance/openapi.py", "http://127.0.0.1:\(server.port)", photo,
                "--seconds", "\(seconds)",
            ], environment: ["HOME": folder.path])
        defer { process.end() }
        let exit = try process.wait(atMost: Patience.seconds + 2 * seconds)
        let lines = process.output.allLines
        #expect(exit == .status(0), "\((lines + process.errors.allLines).joined(separator: "\n"))")
        #expect(lines.contains { $0.hasSuffix("paths: a valid document") })
        #expect(lines.contains { $0.hasSuffix("answers, 0 not as described") })
        // It has asked, and not only looked.
        let asked = lines.compactMap { $0.wholeMatch(of: /\s*(\d+) generated, (\d+) passed.*/)?.output }.first
        #expect(try #require(asked.flatMap { Int($0.1) }) >= 20)
    }
}
