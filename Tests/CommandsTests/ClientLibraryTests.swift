import Foundation
import TestSupport
import Testing

/// Client libraries of Triton, DeepStack and DOODS, as PyPI has them.
@Suite(.endToEnd, .enabled(if: Program.testPython != nil, "\(Program.testPythonAbsence)"))
struct ClientLibraryTests {
    private static let script = Program.repository + "/Tests/Clients/libraries.py"

    private func run(_ server: ServerProcess, photos: [String]) throws {
        defer { server.process.end() }
        let process = try ChildProcess(
            try #require(Program.testPython), [Self.script, "http://127.0.0.1:\(server.port)"] + photos)
        defer { process.end() }
        let exit = try process.wait(atMost: 2 * Patience.seconds)
        let lines = process.output.allLines
        #expect(exit == .status(0), "\((lines + process.errors.allLines).joined(separator: "\n"))")
        #expect(lines.count == 4)
        // They have found something.
        for line in lines {
            let count = line.firstMatch(of: /: (\d+) detections, as \/detect/).flatMap { Int($0.1) }
            #expect(try #require(count, "\(line)") > 0)
        }
    }

    @Test("A detector of colours") func colors() throws {
        let folder = try TemporaryFolder()
        let photos = try [
            ColorPhoto(width: 128, height: 64, cells: [0: .red, 5: .green.at(150), 10: .blue]),
            ColorPhoto(cells: [:]), ColorPhoto(cells: [15: .green]),
        ].enumerated().map { try folder.write("\($0.offset).png", $0.element.png) }
        try run(try ServerProcess(model: try folder.writeModel()), photos: photos)
    }

    @Test("The built-in model", .enabled(if: RealModel.isThere, Comment(rawValue: SharedFiles.absence)))
    func builtIn() throws { try run(try ServerProcess(), photos: try RealModel.photos(6)) }

    @Test("COCO's published model", .enabled(if: RealModel.isThere, Comment(rawValue: SharedFiles.absence)))
    func coco() throws { try run(try ServerProcess(model: RealModel.path), photos: try RealModel.photos(6)) }
}
