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

    @Test("A key or a variable that is misspelt is told which one is meant")
    func misspelt() throws {
        let file = try folder.write("misspelt.yaml", "max-queu-delay: 5ms\n")
        let run = try CommandRun(["serve", "--print-config", "--config", file])
        #expect(run.exit == .status(2))
        #expect(run.errors.contains("there is no setting max-queu-delay; did you mean max-queue-delay?"))
        let warned = try CommandRun(
            ["serve", "--print-config"],
            environment: ["MULTIBOX_MAX_QEUE": "5", "MULTIBOX_SERVICE_HOST": "10.0.0.1", "MULTIBOX_ISA": "portable"])
        #expect(warned.exit == .status(0))
        #expect(
            warned.errorLines == [
                "multibox: warning: there is no setting MULTIBOX_MAX_QEUE; did you mean MULTIBOX_MAX_QUEUE?",
                "multibox: warning: there is no setting MULTIBOX_SERVICE_HOST",
            ])
    }

    @Test(
        "Settings that contradict each other are wrong usage",
        arguments: [
            (["--listen", "127.0.0.1:0", "--port", "1"], "--listen says it all"),
            (["--streams", "3", "--threads", "2"], "--streams 3 is more than --threads 2"),
            (["--labels", "a"], "--labels goes with --model"),
            (["--tls-key", "a"], "--tls-key needs --tls-certificate"),
            (["--tls-client-ca", "a"], "--tls-client-ca needs"),
            (["--unix-socket", "a", "--tls-key", "a", "--tls-certificate", "b"], "a Unix socket has no TLS"),
        ])
    func contradictions(arguments: [String], text: String) throws {
        let run = try CommandRun(["serve", "--print-config"] + arguments)
        #expect(run.exit == .status(2) && run.output.isEmpty)
        #expect(run.errorLines.count == 1 && run.errors.contains(text), "\(run.errors)")
    }

    @Test("A flag for a list leaves out the address of the environment, and the other way round")
    func listAndAddress() throws {
        let list = try settings(["--listen", "127.0.0.1:5"], environment: ["MULTIBOX_PORT": "6"])
        #expect(list["listen"] == "127.0.0.1:5  # flag" && list["port"] == nil && list["host"] == nil)
        let address = try settings(["--port", "6"], environment: ["MULTIBOX_LISTEN": "127.0.0.1:5"])
        #expect(address["listen"] == nil && address["port"] == "6  # flag" && address["host"] != nil)
    }

    @Test("The documentation's table is the program's")
    func documentation() throws {
        let page = try String(contentsOfFile: Program.repository + "/Documentation/Settings.md", encoding: .utf8)
        let parts = page.components(separatedBy: "<!-- settings -->\n")
        try #require(parts.count == 2)
        let written = parts[1].components(separatedBy: "<!-- /settings -->")
        let table = try CommandRun(["serve", "--print-settings"])
        #expect(written.count == 2 && written[0] == table.text, "make readme writes it anew")
        // The table says what the program does: each setting is a flag, and has the default that it says.
        let help = try CommandRun(["serve", "--help"]).text
        let inForce = try settings([])
        var names: Set<String> = []
        for line in table.lines where line.hasPrefix("| `--") {
            let cells = line.components(separatedBy: " | ").map { $0.trimmingCharacters(in: ["|", " "]) }
            try #require(cells.count == 4, "\(line)")
            let flag = cells[0].trimmingCharacters(in: ["`"])
            #expect(help.contains("  \(flag)") || help.contains(", \(flag)"), "\(flag)")
            let name = String(flag.dropFirst(2).prefix { $0 != " " })
            names.insert(name)
            if !cells[2].isEmpty, !cells[2].contains(" ") {
                #expect(inForce[name] == cells[2] + "  # default", "\(line)")
            }
        }
        #expect(names.count > 60 && names.isSuperset(of: inForce.keys))
    }

    @Test("A list may be given in parts, and is one value in a variable or a file")
    func lists() throws {
        let parts = ["--cors-origin", "https://a.example", "--cors-origin", "http://b.example:80,http://c.example"]
        let expected = "https://a.example,http://b.example,http://c.example"
        #expect(try settings(parts)["cors-origin"] == expected + "  # flag")
        let variable = try settings([], environment: ["MULTIBOX_CORS_ORIGIN": "*"])
        #expect(variable["cors-origin"] == "'*'  # environment")
        // What YAML would take for something else is quoted, so that it is a file again.
        for arguments in [["--cors-origin", "*"], ["--listen", "[::1]:1"], ["--model", "it's #1: -"]] {
            let printed = try folder.write(
                "printed.yaml", try CommandRun(["serve", "--print-config"] + arguments).output)
            let name = String(arguments[0].dropFirst(2))
            let (once, again) = (try settings(arguments)[name], try settings(["--config", printed])[name])
            #expect(once?.hasSuffix("  # flag") == true && once?.dropLast(4) == again?.dropLast(4), "\(again ?? "")")
        }
        let file = try folder.write("origins.yaml", "cors-origin: https://a.example\nport: 0\n")
        #expect(try settings(["--config", file])["cors-origin"] == "https://a.example  # file")
        #expect(try settings([])["cors-origin"] == "none  # default")
        let listen = try settings(["--listen", "127.0.0.1:1", "--listen", "unix:/tmp/s"])
        #expect(listen["listen"] == "127.0.0.1:1,unix:/tmp/s  # flag")
        for text in ["https://a.example/", "a.example", "null", ""] {
            let run = try CommandRun(["serve", "--print-config", "--cors-origin", text])
            #expect(
                run.exit == .status(2) && run.errors.contains("it takes origins such as"), "\(run.errors)")
        }
    }

    @Test("A page of an origin that is named may ask the service that runs")
    func origins() throws {
        let server = try ServerProcess(model: try folder.writeModel(), ["--cors-origin", "https://a.example"])
        defer { server.process.end() }
        let question = ["Origin: https://a.example", "Access-Control-Request-Method: POST"]
        let answer = try server.ask("OPTIONS", "/detect", headers: question)
        #expect(answer.status == 204 && answer.headers["access-control-allow-methods"] == "POST, OPTIONS")
        let reply = try server.ask(headers: [question[0]], body: try ColorPhoto(cells: [3: .red]).png)
        #expect(reply.status == 200 && reply.headers["access-control-allow-origin"] == "https://a.example")
        // What the parser refuses is the page's to read too, once its head is known.
        let connection = try server.connect()
        try connection.send(
            "POST /detect HTTP/1.1\r\nHost: h\r\n\(question[0])\r\nTransfer-Encoding: chunked\r\n\r\nno number\r\n")
        let malformed = try connection.reply()
        #expect(malformed.status == 400 && malformed.headers["access-control-allow-origin"] == "https://a.example")
    }

    @Test("Limits of a request's head are settings")
    func headLimits() throws {
        let server = try ServerProcess(
            model: try folder.writeModel(),
            ["--max-request-line-bytes", "300", "--max-header-bytes", "400", "--max-header-fields", "5"])
        func status(_ text: String) throws -> Int {
            let connection = try server.connect()
            try connection.send(text)
            return try connection.reply().status
        }
        let head = " HTTP/1.1\r\nHost: h\r\n"
        #expect(try status("GET /livez?" + String(repeating: "x", count: 270) + head + "\r\n") == 200)
        #expect(try status("GET /livez?" + String(repeating: "x", count: 290) + head + "\r\n") == 414)
        #expect(try status("GET /livez" + head + "X: " + String(repeating: "x", count: 400) + "\r\n\r\n") == 431)
        #expect(try status("GET /livez" + head + String(repeating: "X: y\r\n", count: 4) + "\r\n") == 200)
        #expect(try status("GET /livez" + head + String(repeating: "X: y\r\n", count: 5) + "\r\n") == 431)
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
