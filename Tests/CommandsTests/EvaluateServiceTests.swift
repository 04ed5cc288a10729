import Foundation
import TestSupport
import Testing

/// `multibox evaluate --url`: a running service is measured as its model would be.
@Suite(.endToEnd)
struct EvaluateServiceTests {
    private let folder: TemporaryFolder
    private let model: String
    private let data: String

    init() throws {
        folder = try TemporaryFolder()
        model = try folder.writeModel()
        data = try folder.writeColorData()
    }

    private func evaluate(
        _ url: String, _ arguments: [String] = [], environment: [String: String] = [:]
    ) throws -> CommandRun {
        try CommandRun(["evaluate", "--url", url, "--data", data, "--json"] + arguments, environment: environment)
    }

    private func url(_ server: ServerProcess) -> String { "http://127.0.0.1:\(server.port)" }

    @Test("The figures are those of the model, whatever the service's own threshold", arguments: ["coco", "voc"])
    func sameFigures(metric: String) throws {
        let server = try ServerProcess(model: model, ["--threshold", "0.99"])
        let local = try CommandRun([
            "evaluate", "--model", model, "--data", data, "--json", "--metric", metric,
            "--detections-out", folder.path + "/\(metric)-local.json",
        ]).object
        let out = folder.path + "/\(metric)-remote.json"
        let run = try evaluate(url(server), ["--metric", metric, "--detections-out", out, "--concurrency", "2"])
        #expect(run.exit == .status(0), "\(run.errors)")
        let remote = try run.object
        let figures = local.compactMapValues { $0 as? Double }.filter { $0.key != "images_per_second" }
        #expect(figures.count >= 3)
        for (name, value) in figures {
            #expect(abs((remote[name] as? Double ?? -1) - value) < 1e-6, "\(name)")
        }
        #expect(remote["concurrency"] as? Int == 2 && remote["turned_away"] as? Int == 0)
        #expect((remote["model"] as? [String: String])?["name"] == "colors")
        let latency = try #require(remote["latency_ms"] as? [String: Double])
        #expect(Set(latency.keys) == ["mean", "p50", "p90", "p95", "p99", "max"])
        #expect(latency.values.allSatisfy { $0 > 0 } && latency["p50"] ?? 0 <= latency["max"] ?? 0)
        func boxes(_ name: String) throws -> Int {
            let json = try JSONSerialization.jsonObject(with: Data(try folder.bytes(name)))
            return (json as? [Any])?.count ?? -1
        }
        #expect(try boxes("\(metric)-remote.json") == boxes("\(metric)-local.json"))
        // As many requests as photos, and one for the model.
        #expect(try server.metric(#"multibox_http_requests_total{route="/detect",method="POST",code="200"}"#) == 3)
    }

    @Test("As text, with the time that requests take; behind a path, and on a Unix socket")
    func text() throws {
        let socket = folder.path + "/s"
        let service = try ChildProcess(
            try Program.multibox, ["serve", "--model", model, "--listen", "unix:" + socket, "--drain-delay", "0s"])
        defer { service.end() }
        _ = try service.output.line { $0.contains("\"ready\"") ? true : nil }
        let run = try CommandRun(["evaluate", "--url", "unix:" + socket, "--data", data])
        #expect(run.exit == .status(0), "\(run.errors)")
        #expect(run.lines.first == "colors at unix:\(socket), 3 requests at a time")
        #expect(run.lines.contains { $0.hasPrefix("milliseconds a request: mean ") && $0.contains(", 99 % ") })
        #expect(run.lines.contains { $0.hasPrefix("AP50 ") })
        // There is nothing at that path.
        let server = try ServerProcess(model: model)
        let absent = try evaluate("http://localhost:\(server.port)/a/b/")
        #expect(absent.exit == .status(1) && absent.errorLines.count == 1, "\(absent.errors)")
        #expect(absent.errors.contains("answers 404 Not Found"), "\(absent.errors)")
    }

    @Test("A key from a file or the environment; without one, it is said what is missing")
    func keys() throws {
        let keys = try folder.write("keys", "camera:the-right-key\n")
        let server = try ServerProcess(model: model, ["--api-keys-file", keys])
        let right = try folder.write("key", "the-right-key\n")
        let wrong = try folder.write("wrong", "another-key\n")
        #expect(try evaluate(url(server), ["--api-key-file", right]).exit == .status(0))
        #expect(try evaluate(url(server), environment: ["MULTIBOX_API_KEY": "the-right-key"]).exit == .status(0))
        let none = try evaluate(url(server))
        #expect(none.exit == .status(1) && none.errorLines.count == 1, "\(none.errors)")
        #expect(none.errors.contains("401 Unauthorized") && none.errors.contains("--api-key-file"), "\(none.errors)")
        let refused = try evaluate(url(server), ["--api-key-file", wrong])
        #expect(refused.exit == .status(1) && refused.errors.contains("The API key is not valid"), "\(refused.errors)")
        #expect(!refused.errors.contains("another-key"))
        let several = try folder.write("several", "one\ntwo\n")
        #expect(try evaluate(url(server), ["--api-key-file", several]).errors.contains("does not hold one API key"))
    }

    @Test("A service that turns requests away is given the time that it asks for")
    func patience() throws {
        // One request at once, the next a second later: the model's card and three photos.
        let server = try ServerProcess(model: model, ["--rate-limit", "60/m"])
        for _ in 0..<58 { _ = try server.get("/model") }
        let run = try evaluate(url(server))
        #expect(run.exit == .status(0), "\(run.errors)")
        let object = try run.object
        #expect(object["images"] as? Int == 3 && object["detections"] as? Int == 5)
        #expect(object["turned_away"] as? Int ?? 0 >= 1)
        // What was waited is not what a request takes.
        #expect((object["latency_ms"] as? [String: Double])?["max"] ?? 1e9 < 30_000)
    }

    @Test("What cannot be asked is told in one line")
    func failures() throws {
        let port = try freePort()
        let refused = try evaluate("http://127.0.0.1:\(port)")
        #expect(refused.exit == .status(1) && refused.errorLines.count == 1)
        #expect(
            refused.errors.contains("cannot connect to 127.0.0.1:\(port): Connection refused"), "\(refused.errors)")
        for (url, words) in [
            ("https://localhost", "only http is spoken"), ("http://u:secret@localhost", "--api-key-file"),
            ("ftp://localhost", "begins with http://"), ("http://", "names a host"),
            ("http://localhost:99999", "a port is a number"), ("http://localhost:", "comes a port"),
            ("http://[::1", "a port is a number"), ("http://localhost/#x", "no fragment"),
            ("unix:", "path of a socket"),
        ] {
            let run = try evaluate(url)
            #expect(run.exit == .status(2) && run.errorLines.count == 1, "\(url)")
            #expect(run.errors.contains(words), "\(run.errors)")
        }
        for arguments in [["--model", model], ["--threads", "2"], ["--strict-images"]] {
            #expect(try evaluate("http://localhost:1", arguments).exit == .status(2), "\(arguments)")
        }
        let local = ["evaluate", "--model", model, "--data", data]
        for arguments in [["--concurrency", "2"], ["--api-key-file", model], ["--timeout", "5s"]] {
            #expect(try CommandRun(local + arguments).exit == .status(2), "\(arguments)")
        }
        #expect(try evaluate("http://localhost:1", ["--concurrency", "0"]).exit == .status(2))
    }

    @Test("A photo that the service refuses is named, and ends it")
    func refusedPhoto() throws {
        let server = try ServerProcess(model: model, ["--max-pixels", "20000"])
        let run = try evaluate(url(server))
        #expect(run.exit == .status(1) && run.errors.contains("answers 413"), "\(run.errors)")
        #expect(run.errors.contains(data + "/images/"), "\(run.errors)")
    }
}
