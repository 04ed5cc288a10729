import Foundation
import TestSupport
import Testing

/// What the log tells an operator.
@Suite(.endToEnd)
struct LogTests {
    private let folder: TemporaryFolder
    private let model: String

    init() throws {
        folder = try TemporaryFolder()
        model = try folder.writeModel()
    }

    private func entry(_ line: String) -> [String: Any]? {
        try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
    }

    /// The line of a request, once it is there.
    private func request(_ server: ServerProcess, _ matches: (([String: Any]) -> Bool)) throws -> [String: Any] {
        try server.process.output.line { line in
            guard let entry = entry(line), entry["message"] as? String == "request", matches(entry) else { return nil }
            return entry
        }
    }

    /// All lines of requests up to one that is made now.
    private func requests(_ server: ServerProcess) throws -> [[String: Any]] {
        let mark = "mark-\(UUID().uuidString)"
        _ = try server.ask("GET", "/model", headers: ["X-Request-Id: \(mark)"])
        _ = try request(server) { $0["request_id"] as? String == mark }
        let lines = server.process.output.allLines.compactMap(entry).filter { $0["message"] as? String == "request" }
        return lines.filter { $0["request_id"] as? String != mark }
    }

    // MARK: Requests

    @Test("A malformed request is logged with address, method, route and reason")
    func malformed() throws {
        let server = try ServerProcess(model: model)
        let connection = try server.connect()
        try connection.send("POST /detect?x=1 HTTP/1.1\r\nContent-Length: 3\r\n\r\n")
        let reply = try connection.reply()
        #expect(reply.status == 400)
        let line = try request(server) { $0["request_id"] as? String == reply.headers["x-request-id"] }
        #expect(line["status"] as? Int == 400 && line["problem"] as? String == "malformed-request")
        #expect(line["method"] as? String == "POST" && line["route"] as? String == "/detect")
        #expect(line["remote"] as? String == "127.0.0.1")
        #expect(line["reason"] as? String == "The Host header field is missing.")
    }

    @Test("Text of a client ends or controls no line", arguments: ["json", "text"])
    func escapes(format: String) throws {
        let server = try ServerProcess(listeningWith: ["--model", model, "--log-format", "json"])
        try server.event("ready")
        let hostile = "a%0A%1B%5B31m%C2%9B%E2%80%AE"
        if format == "json" {
            #expect(try server.ask("POST", "/detect?\(hostile)=1", body: ColorPhoto(cells: [:]).png).status == 400)
            let line = try request(server) { $0["problem"] as? String == "unknown-option" }
            #expect((line["reason"] as? String)?.contains("a\\n\\u{1B}[31m\\u{9B}\\u{202E}") == true, "\(line)")
            return
        }
        let port = server.port
        server.process.end()
        let text = try ChildProcess(
            try Program.multibox,
            ["serve", "--model", model, "--log-format", "text", "--port", "\(port)", "--drain-delay", "0s"])
        defer { text.end() }
        _ = try text.output.line { $0.contains(" ready ") ? $0 : nil }
        let connection = try RawClient(port: port)
        try connection.request("POST", "/detect?\(hostile)=1", headers: ["X-Request-Id: seven"], body: [1])
        #expect(try connection.reply().status == 400)
        let line = try text.output.line { $0.contains("seven") ? $0 : nil }
        #expect(line.contains(" 400 POST /detect ") && line.contains(" remote=127.0.0.1 unknown-option: "), "\(line)")
        #expect(line.contains("a\\n\\u{1B}[31m\\u{9B}\\u{202E}"), "\(line)")
    }

    @Test("Probes are logged when what they say changes, and all of them for debugging")
    func probes() throws {
        let server = try ServerProcess(model: model)
        for path in ["/livez", "/readyz", "/healthz", "/metrics"] { #expect(try server.get(path).status == 200) }
        #expect(try server.ask("DELETE", "/livez").status == 405)
        #expect(try requests(server).map { $0["problem"] as? String } == ["method-not-allowed"])

        let verbose = try ServerProcess(model: model, ["--log-level", "debug"])
        #expect(try verbose.get("/livez").status == 200)
        let line = try request(verbose) { $0["route"] as? String == "/livez" }
        #expect(line["level"] as? String == "debug")

        let loading = try ServerProcess(listeningWith: ["--model", try folder.writeSlowModel()])
        defer { loading.process.end() }
        for _ in 0..<5 { #expect(try loading.get("/readyz").status == 503) }
        for _ in 0..<5 { #expect(try loading.get("/livez").status == 200) }
        let lines = try requests(loading).filter { $0["route"] as? String == "/readyz" }
        #expect(lines.count == 1)
        #expect(lines.first?["level"] as? String == "warning" && lines.first?["problem"] as? String == "loading")
    }

    @Test("Levels leave lines out, and addresses can be")
    func levels() throws {
        let server = try ServerProcess(
            listeningWith: ["--model", model, "--log-level", "info", "--log-addresses", "off"])
        try server.event("ready")
        #expect(try server.get("/nothing").status == 404)
        do { try server.connect().send("POST /detect HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc") }
        try server.event("an upload was aborted")
        _ = try requests(server)
        let named = server.process.output.allLines.filter { $0.contains("127.0.0.1") }
        // That of the listener is no client's.
        #expect(
            named.allSatisfy {
                ["listening", "ready", "there is a page to try it with"].contains(entry($0)?["message"] as? String)
            }, "\(named)")
    }

    @Test("Of successes one in so many is logged and says so, of failures and slow ones all")
    func sampling() throws {
        let photo = try ColorPhoto(cells: [1: .red]).png
        // Nothing is slow where that takes an hour, all is where it takes no time.
        let server = try ServerProcess(model: model, ["--log-sampling", "4", "--log-slow", "1h"])
        for _ in 0..<12 { #expect(try server.ask(body: photo).status == 200) }
        let failed = try (0..<3).map { number in
            let reply = try server.ask(headers: ["X-Request-Id: failed-\(number)"], body: [1])
            #expect(reply.status == 415)
            return try request(server) { $0["request_id"] as? String == "failed-\(number)" }
        }
        #expect(failed.allSatisfy { $0["sampling"] == nil })
        let sampled = server.process.output.allLines.compactMap(entry).filter {
            $0["status"] as? Int == 200 && $0["route"] as? String == "/detect"
        }
        #expect(sampled.map { $0["sampling"] as? Int } == [4, 4, 4])
        for line in sampled + failed {
            #expect((line["trace_id"] as? String)?.utf8.count == 32 && (line["span_id"] as? String)?.utf8.count == 16)
        }

        let slow = try ServerProcess(model: model, ["--log-sampling", "4", "--log-slow", "0s"])
        for _ in 0..<3 { #expect(try slow.ask(body: photo).status == 200) }
        let all = try requests(slow)
        #expect(all.count == 3 && all.allSatisfy { $0["sampling"] == nil && $0["status"] as? Int == 200 })
    }

    // MARK: Connections

    @Test("An upload that is cut midway is logged and counted", arguments: [false, true])
    func abortedUpload(resets: Bool) throws {
        let server = try ServerProcess(model: model)
        #expect(try server.metric("multibox_uploads_aborted_total") == 0)
        do {
            let connection = try server.connect()
            if resets { connection.resetOnClose() }
            // The answer to the first one shows that the second was read.
            try connection.send("GET /livez HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(try connection.reply().status == 200)
            try connection.send("POST /detect HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n")
            #expect(try connection.reply().status == 100)
            if !resets { try connection.send("abc") }
        }
        let event = try server.event("an upload was aborted")
        #expect(event["method"] == "POST" && event["route"] == "/detect" && event["remote"] == "127.0.0.1")
        #expect(event["bytes_in"] == (resets ? "0" : "3"))
        #expect(event["reason"] == (resets ? "the connection was reset" : "the client closed the connection"))
        #expect(try server.metric("multibox_uploads_aborted_total") == 1)
    }

    @Test("The end of a client's side is waited out, or ends the request", arguments: ["answer", "abandon"])
    func endOfInput(policy: String) throws {
        // A batch that is not full waits, and the client ends its side meanwhile.
        let server = try ServerProcess(
            model: model,
            [
                "--end-of-input", policy, "--max-queue-delay", policy == "answer" ? "300ms" : "9s", "--deadline", "20s",
                "--threads", "2", "--streams", "1",
            ])
        let connection = try server.connect()
        try connection.request(headers: ["X-Request-Id: half-closed"], body: try ColorPhoto(cells: [1: .red]).png)
        connection.endOutput()
        if policy == "answer" { #expect(try connection.reply().status == 200) }
        let line = try request(server) { $0["request_id"] as? String == "half-closed" }
        #expect(line["status"] as? Int == (policy == "answer" ? 200 : 499))
        #expect(line["problem"] as? String == (policy == "answer" ? nil : "client-closed-request"))
    }

    @Test("Connections that are turned away are told of together")
    func refusedConnections() throws {
        let server = try ServerProcess(
            listeningWith: ["--model", model, "--max-connections-per-client", "1", "--header-timeout", "60s"])
        try server.event("ready")
        let held = try server.connect()
        try held.send("POST /detect HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n")
        #expect(try held.reply().status == 100)
        var identifiers: Set<String> = []
        for _ in 0..<20 {
            let connection = try server.connect()
            // The answer may come before the request is sent.
            try? connection.request("GET", "/model")
            let reply = try connection.reply()
            #expect(reply.status == 503 && reply.problem != nil)
            identifiers.insert(try #require(reply.headers["x-request-id"]))
        }
        #expect(identifiers.count == 20)
        let event = try server.event("connections are refused")
        #expect(event["count"] == "1" && event["reason"] == "client_limit" && event["top"] == "127.0.0.1")
        // The others are told of ten seconds later, or at the end.
        try held.send("123456789")
        #expect(try held.reply().status == 415)
        server.process.send(SIGTERM)
        #expect(try server.process.wait() == .status(0))
        let lines = server.process.output.allLines.compactMap(entry).filter {
            $0["message"] as? String == "connections are refused"
        }
        #expect(lines.compactMap { ($0["count"] as? String).flatMap { Int($0) } }.reduce(0, +) == 20)
        #expect(lines.count <= 3)
    }

    @Test(
        "A handshake that fails is logged with its reason and the address",
        .enabled(if: TestCertificates.isAvailable, "needs openssl"))
    func handshake() throws {
        let certificates = try TestCertificates()
        let server = try ServerProcess(
            listeningWith: [
                "--model", model, "--tls-certificate", certificates.path("server.pem"), "--tls-key",
                certificates.path("server.key"),
            ])
        // Of one who stays it is told at once.
        let connection = try server.connect()
        try connection.request("GET", "/livez")
        let event = try server.event("TLS handshakes fail")
        withExtendedLifetime(connection) {}
        #expect(event["reason"] == "http request" && event["top"] == "127.0.0.1" && event["count"] == "1")
    }

    // MARK: Standard output

    @Test("Without standard output it says so, once, and serves")
    func closedOutput() throws {
        let socket = folder.path + "/s"
        let process = try ChildProcess(
            "/bin/sh",
            [
                "-c", #"exec "$@" >&-"#, "sh", try Program.multibox, "serve", "--model", model, "--unix-socket", socket,
                "--drain-delay", "0s",
            ])
        defer { process.end() }
        let line = try process.errors.line { $0 }
        #expect(
            line == "multibox: the log cannot be written: standard output is closed (Bad file descriptor)", "\(line)")
        #expect(!process.hasEnded)
        process.send(SIGTERM)
        #expect(try process.wait() == .status(0))
        #expect(process.errors.allLines.count == 1)
    }
}
