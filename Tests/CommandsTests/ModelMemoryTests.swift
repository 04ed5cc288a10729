import Foundation
import TestSupport
import Testing

/// The memory of models is bounded by a setting: what is beyond it is refused, and what is in service stays.
@Suite(.endToEnd)
struct ModelMemoryTests {
    private let folder: TemporaryFolder
    private let model: String
    private let settings = ["--threads", "2", "--streams", "2", "--max-batch-size", "256"]

    init() throws {
        folder = try TemporaryFolder()
        model = try folder.writeModel()
    }

    /// What the model needs to be loaded, by what is said when it may not have it.
    private func need() throws -> Int {
        let run = try CommandRun(
            ["serve", "--port", "0", "--model", model, "--max-model-memory", "1048576"] + settings)
        #expect(run.exit == .status(1))
        #expect(run.errorLines.count == 1)
        let match = try #require(
            try /the model needs (\d+) bytes with batches of 256 on 2 streams, --max-model-memory is 1048576/
                .firstMatch(
                    in: run.errors), "\(run.errors)")
        return try #require(Int(match.1))
    }

    @Test("A model that needs more is refused, at the start and beside the one that it would replace")
    func limits() throws {
        let need = try need()
        #expect(need > 1 << 20)
        let photo = ColorPhoto(cells: [0: .blue, 10: .red])
        // Room to read the file, not for a second engine.
        let limit = need + 20_000
        let server = try ServerProcess(model: model, ["--max-model-memory", "\(limit)"] + settings)
        defer { server.process.end() }
        let lines = server.process.output.allLines.count
        server.process.send(SIGHUP)
        let reason = try server.event("the new model cannot be used, the old one serves on", after: lines)["reason"]
        let pattern =
            /needs (\d+) bytes with batches of 256 on 2 streams, beside (\d+) of the model in service, --max-model-memory is (\d+)/
        let match = try #require(try pattern.firstMatch(in: reason ?? ""), "\(reason ?? "")")
        #expect(Int(match.1) == need && Int(match.3) == limit)
        let held = try #require(Int(match.2))
        #expect(held < need)
        #expect(try server.get("/readyz").status == 200)
        expect(try server.ask(body: photo.png).detections, are: photo.objects)

        let wider = try ServerProcess(model: model, ["--max-model-memory", "\(need + held)"] + settings)
        defer { wider.process.end() }
        for _ in 0..<2 {
            // The third load finds the memory of the first given back.
            let lines = wider.process.output.allLines.count
            wider.process.send(SIGHUP)
            try wider.event("ready", after: lines)
        }
        expect(try wider.ask(body: photo.png).detections, are: photo.objects)
    }

    @Test("A file of more than half the limit is not read")
    func files() throws {
        let large = try folder.write("large.tflite", ColorDetector.file() + [UInt8](repeating: 0, count: 600_000))
        let run = try CommandRun(["serve", "--port", "0", "--model", large, "--max-model-memory", "1048576"])
        #expect(run.exit == .status(1))
        #expect(run.errors.contains("takes twice as many, more than the limit of 1048576"), "\(run.errors)")
    }
}
