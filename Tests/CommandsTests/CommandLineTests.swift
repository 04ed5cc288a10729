import TestSupport
import Testing

/// The command line as a whole: versions, help, wrong usage, `models info`.
@Suite(.endToEnd)
struct CommandLineTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("The version")
    func version() throws {
        let run = try CommandRun(["--version"])
        #expect(run.exit == .status(0))
        #expect(run.lines.count == 1 && run.text.hasPrefix("multibox ") && run.errors.isEmpty)
    }

    @Test(
        "Help is asked for, so it is a success on standard output",
        arguments: [
            ["--help"], ["help"], ["serve", "--help"], ["detect", "-h"], ["help", "evaluate"], ["benchmark", "--help"],
            ["models", "info", "--help"], [],
        ])
    func help(arguments: [String]) throws {
        let run = try CommandRun(arguments)
        #expect(run.exit == .status(0))
        #expect(run.text.contains("USAGE") && run.errors.isEmpty)
    }

    @Test(
        "Wrong usage is told on standard error",
        arguments: [
            ["fly"], ["--fly"], ["detect"], ["models", "info", "--labels"],
        ])
    func wrongUsage(arguments: [String]) throws {
        let run = try CommandRun(arguments)
        #expect(run.exit == .status(2))
        #expect(run.output.isEmpty && run.errors.hasPrefix("multibox: ") && run.errorLines.count == 1, "\(run.errors)")
    }

    @Test("What a model file holds")
    func modelInfo() throws {
        let run = try CommandRun(["models", "info", try folder.writeModel()])
        #expect(run.exit == .status(0), "\(run.errors)")
        for text in ["colors", "32×32", "fp32", "3: red, green, blue"] { #expect(run.text.contains(text), "\(text)") }
        let bytes = try folder.write("small.tflite", ColorDetector.file(classes: 2))
        #expect(
            try CommandRun(["models", "info", bytes, "--labels", folder.path + "/labelmap.txt"]).exit == .status(1))
        #expect(try CommandRun(["models", "info", folder.path + "/labelmap.txt"]).exit == .status(1))
    }

    @Test("A reader that goes is no crash")
    func closedOutput() throws {
        let run = try ChildProcess(
            "/bin/sh", ["-c", "\"$0\" models info \"$1\" | true", try Program.multibox, try folder.writeModel()])
        defer { run.end() }
        #expect(try run.wait() == .status(0))
        #expect(try run.errors.allBytes().isEmpty)
    }
}
