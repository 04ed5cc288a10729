import Foundation
import MultiBox
import TestSupport
import Testing

/// Names from files and of files never act on a terminal, nor make lines of their own in a log.
@Suite(.endToEnd)
struct ControlCharacterTests {
    private let folder: TemporaryFolder
    private let model: String

    /// Red, a line end, a title for the window, text from right to left.
    private static let hostile = "co\u{1B}[31ml\nerror: x\u{1B}]0;y\u{7}\u{202E}\u{9B}1m"

    init() throws {
        folder = try TemporaryFolder()
        model = try folder.writeModel(Self.hostile + ".tflite")
    }

    private func isClean(_ text: String) -> Bool { text == text.printableLines }

    @Test("Reports and errors")
    func reports() throws {
        let converted = folder.path + "/converted.safetensors"
        let conversion = try CommandRun(["convert", model, converted])
        #expect(conversion.exit == .status(0), "\(conversion.errors)")
        #expect(isClean(conversion.text))
        for file in [model, converted] {
            let run = try CommandRun(["models", "info", file])
            #expect(run.exit == .status(0), "\(run.errors)")
            #expect(isClean(run.text) && run.text.contains("\\u{1B}[31m"), "\(run.text)")
            #expect(!run.lines.contains { $0.hasPrefix("error:") })
        }
        try folder.write(Self.hostile + ".png", ColorPhoto(cells: [0: .blue]).png)
        let photo = folder.path + "/" + Self.hostile + ".png"
        let found = try CommandRun(["detect", photo, "--model", model])
        #expect(found.exit == .status(0), "\(found.errors)")
        #expect(isClean(found.text) && !found.lines.contains { $0.hasPrefix("error:") }, "\(found.text)")
        for arguments in [
            ["detect", folder.path + "/none" + Self.hostile, "--model", model], ["models", "info", photo],
        ] {
            let run = try CommandRun(arguments)
            #expect(run.exit != .status(0))
            #expect(isClean(run.errors) && run.errorLines.count == 1, "\(run.errors)")
        }
        let benchmark = try CommandRun(
            ["benchmark", "--model", model, "--layers", "--duration", "10ms", "--threads", "1"])
        #expect(isClean(benchmark.text) && isClean(benchmark.errors))
    }

    @Test("The service's log as text and as JSON", arguments: ["text", "json"])
    func log(format: String) throws {
        let process = try ChildProcess(
            try Program.multibox,
            [
                "serve", "--port", "0", "--host", "127.0.0.1", "--drain-delay", "0s", "--log-format", format, "--model",
                model,
            ])
        defer { process.end() }
        func isReady(_ line: String) -> Bool? { line.contains("ready") && line.contains("isa") ? true : nil }
        _ = try process.output.line { isReady($0) }
        try folder.write(Self.hostile + ".tflite", Array(ColorDetector.file().prefix(1000)))
        process.send(SIGHUP)
        _ = try process.output.line { $0.contains("the new model cannot be used") ? true : nil }
        let lines = process.output.allLines
        #expect(lines.allSatisfy(isClean), "\(lines)")
        #expect(!lines.contains { $0.hasPrefix("error:") })
    }

    @Test("Names within a file that act are refused")
    func namesInFiles() throws {
        let run = try CommandRun(
            ["convert", model, folder.path + "/named.safetensors", "--name", "a\u{1B}[31m"])
        #expect(run.exit == .status(1))
        #expect(isClean(run.errors) && run.errors.contains("control characters"), "\(run.errors)")
    }
}
