import Foundation
import TestSupport
import Testing

/// Starts that cannot be: the exit status, and one line that says why.
@Suite(.endToEnd)
struct StartTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// One line on standard error in the program's name, without the words of a crash.
    private func expectOneLine(
        _ run: CommandRun, exit: Int, names: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(run.exit == .status(exit), sourceLocation: sourceLocation)
        #expect(run.errorLines.count == 1, "\(run.errors)", sourceLocation: sourceLocation)
        #expect(
            run.errors.hasPrefix("multibox: ") && run.errors.contains(names), "\(run.errors)",
            sourceLocation: sourceLocation)
        #expect(!run.errors.contains("Fatal"), sourceLocation: sourceLocation)
    }

    private func serve(_ arguments: [String]) throws -> CommandRun {
        try CommandRun(["serve", "--port", "0", "--drain-delay", "0s"] + arguments)
    }

    @Test("A model that is broken, or not there")
    func badModels() throws {
        let cut = try folder.write("cut.tflite", Array(ColorDetector.file().prefix(2000)))
        let text = try folder.write("text.tflite", "not a model")
        let empty = try folder.write("empty.tflite", [])
        for path in [cut, text, empty, folder.path + "/absent.tflite", folder.path] {
            expectOneLine(try serve(["--model", path]), exit: 1, names: path)
        }
    }

    @Test("Labels that do not fit the model")
    func badLabels() throws {
        let labels = try folder.write("other.txt", "only one\n")
        expectOneLine(
            try serve(["--model", try folder.writeModel(), "--labels", labels]), exit: 1, names: labels)
    }

    @Test("A port in use")
    func portInUse() throws {
        let model = try folder.writeModel()
        let first = try ServerProcess(model: model)
        let run = try CommandRun(["serve", "--model", model, "--port", "\(first.port)"])
        expectOneLine(run, exit: 1, names: "\(first.port)")
        #expect(try first.get("/readyz").status == 200)
    }

    @Test("Options that are unknown or impossible")
    func badOptions() throws {
        let model = try folder.writeModel()
        for arguments in [
            ["--no-such-option"], ["--port", "eighty"], ["--threshold"], ["surplus"], ["--port", "70000"],
            ["--threshold", "1.5"], ["--deadline", "5"], ["--deadline", "0s"], ["--max-queue", "0"],
            ["--streams", "3", "--threads", "2"], ["--log-format", "xml"],
        ] {
            let run = try CommandRun(["serve", "--model", model] + arguments)
            #expect(run.exit == .status(2), "\(arguments): \(run.errors)")
            #expect(!run.errors.isEmpty && run.output.isEmpty)
        }
    }

    @Test("Until the model is there the service lives and is not ready")
    func loading() throws {
        let server = try ServerProcess(listeningWith: ["--model", try folder.writeSlowModel()])
        defer { server.process.end() }
        #expect(try server.get("/livez").status == 200)
        #expect(try server.get("/readyz").status == 503)
        #expect(try server.get("/healthz").status == 503)
        let reply = try server.ask(body: ColorPhoto(cells: [:]).png)
        #expect(reply.status == 503)
        #expect(reply.problem == "loading")
        #expect(reply.headers["retry-after"] != nil)
    }
}
