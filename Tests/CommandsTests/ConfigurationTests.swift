import TestSupport
import Foundation
import Testing

/// Settings: flag before environment before file before default.
@Suite(.endToEnd)
struct ConfigurationTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// The settings in force, with their sources.
    private func settings(_ arguments: [String], environment: [String: String] = [:]) throws -> [String: String] {
        let run = try CommandRun(["serve", "--print-config"] + arguments, environment: environment)
        #expect(run.exit == .status(0), "\(run.errors)")
        var settings: [String: String] = [:]
        for line in run.lines {
            let parts = line.split(separator: ": ", maxSplits: 1)
            try #require(parts.count == 2, "\(line)")
            settings[String(parts[0])] = String(parts[1])
        }
        return settings
    }

    @Test("Each source yields to the one before it")
    func precedence() throws {
        let file = try folder.write("settings.yaml", "port: 1001\nmax-queue: 11\nthreshold: 0.1\n# comment\n")
        let environment = ["MULTIBOX_PORT": "1002", "MULTIBOX_MAX_QUEUE": "12", "MULTIBOX_CONFIG": file]
        let settings = try settings(["--port", "1003"], environment: environment)
        #expect(settings["port"] == "1003  # flag")
        #expect(settings["max-queue"] == "12  # environment")
        #expect(settings["threshold"] == "0.1  # file")
        #expect(settings["deadline"] == "10s  # default")
        #expect(settings["host"] == "127.0.0.1  # default")
    }

    @Test("What is printed is a file that says the same")
    func roundTrip() throws {
        let run = try CommandRun(["serve", "--print-config", "--model", "m.tflite", "--deadline", "1500ms"])
        let file = try folder.write("printed.yaml", run.output)
        let again = try CommandRun(["serve", "--print-config", "--config", file])
        #expect(again.exit == .status(0), "\(again.errors)")
        func values(_ run: CommandRun) -> [String] { run.lines.map { String($0.prefix { $0 != "#" }) } }
        #expect(values(again) == values(run))
        #expect(again.lines.allSatisfy { $0.hasSuffix("# file") || $0.hasPrefix("model") })
    }

    @Test("A file that cannot be understood is wrong usage")
    func badFiles() throws {
        for (text, names) in [
            ("max-que: 5\n", "max-que"), ("port: eighty\n", "port"), ("port: 1\nport: 2\n", "port"),
            ("- a list\n", "name: value"), ("port: [1, 2]\n", "name: value"), ("{", "YAML"),
        ] {
            let file = try folder.write("bad.yaml", text)
            let run = try CommandRun(["serve", "--print-config", "--config", file])
            #expect(run.exit == .status(2), "\(text)")
            #expect(run.errorLines.count == 1 && run.errors.contains(names), "\(text): \(run.errors)")
        }
        let absent = try CommandRun(["serve", "--print-config", "--config", folder.path + "/absent.yaml"])
        #expect(absent.exit == .status(1))
        #expect(absent.errorLines.count == 1)
    }

    @Test("A variable that cannot be understood names itself")
    func badVariable() throws {
        let run = try CommandRun(["serve", "--print-config"], environment: ["MULTIBOX_MAX_QUEUE": "many"])
        #expect(run.exit == .status(2))
        #expect(run.errors.contains("MULTIBOX_MAX_QUEUE"))
    }

    @Test("The service runs with what a file says")
    func serves() throws {
        let model = try folder.writeModel()
        let file = try folder.write("settings.yaml", "model: \(model)\nport: 0\nmax-body-bytes: 5000\n")
        let server = try ServerProcess(listeningWith: ["--config", file])
        defer { server.process.end() }
        try server.event("ready")
        let photo = ColorPhoto(cells: [3: .red])
        expect(try server.ask(body: photo.png).detections, are: photo.objects)
        let connection = try server.connect()
        try connection.request(headers: ["Content-Length: 5001"])
        #expect(try connection.reply().status == 413)
    }
}
