import Foundation
import TestSupport
import Testing

/// `multibox healthcheck`: who is ready, where it is looked for, and that it ends.
@Suite(.endToEnd)
struct HealthCheckTests {
    private let folder: TemporaryFolder
    private let model: String

    init() throws {
        folder = try TemporaryFolder()
        model = try folder.writeModel()
    }

    private func check(_ arguments: [String] = [], _ environment: [String: String] = [:]) throws -> CommandRun {
        try CommandRun(["healthcheck"] + arguments, environment: environment)
    }

    /// Ready, at this address.
    private func expectReady(_ run: CommandRun, _ address: String) {
        #expect(run.exit == .status(0) && run.errors.isEmpty, "\(run.errors)")
        #expect(run.text == "\(address) is ready\n")
    }

    /// Not ready, in one line that has these words.
    private func expectUnready(_ run: CommandRun, _ words: String) {
        #expect(run.exit == .status(1) && run.output.isEmpty)
        #expect(run.errorLines.count == 1 && run.errors.contains(words), "\(run.errors)")
    }

    @Test func `a service that is ready, by each way to write its address`() throws {
        let server = try ServerProcess(model: model, ["--api-keys-file", try folder.write("keys", "a-key-of-one\n")])
        for url in [
            "http://127.0.0.1:\(server.port)", "http://localhost:\(server.port)/", "127.0.0.1:\(server.port)",
            "http://127.0.0.1:\(server.port)/readyz", "HTTP://127.0.0.1:\(server.port)/detect",
        ] { expectReady(try check([url]), url) }
        // A path of somebody else's.
        expectUnready(try check(["http://127.0.0.1:\(server.port)/a/b"]), "it answers 401 Unauthorized: ")
    }

    @Test func `one that drains is not ready, and says so`() throws {
        let server = try ServerProcess(model: model, ["--drain-delay", "60s"])
        server.process.send(SIGTERM)
        try server.event("draining")
        expectUnready(try check(["http://127.0.0.1:\(server.port)"]), "it answers 503 Service Unavailable: ")
        // A second signal ends it at once.
        server.process.send(SIGTERM)
        _ = try server.process.wait()
        expectUnready(try check(["http://127.0.0.1:\(server.port)"]), "cannot connect to 127.0.0.1:\(server.port)")
    }

    @Test func `without a URL it asks where the same settings would listen`() throws {
        let server = try ServerProcess(model: model)
        let (port, url) = ("\(server.port)", "http://127.0.0.1:\(server.port)")
        for host in ["", "127.0.0.1", "0.0.0.0", "::"] {
            expectReady(try check([], ["MULTIBOX_PORT": port, "MULTIBOX_HOST": host]), url)
        }
        expectReady(try check([], ["MULTIBOX_LISTEN": "0.0.0.0:\(port),127.0.0.1:1"]), url)
        // The environment goes before the file, as it does for the service.
        let file = try folder.write("m.yaml", "port: \(port)\n")
        let other = try folder.write("o.yaml", "port: 1\n")
        expectReady(try check(["--config", file]), url)
        expectReady(try check([], ["MULTIBOX_CONFIG": file]), url)
        expectReady(try check(["--config", other], ["MULTIBOX_PORT": port]), url)
        // An address for probes is what they are sent to.
        expectReady(try check([], ["MULTIBOX_PORT": "1", "MULTIBOX_PROBE_LISTEN": "127.0.0.1:\(port)"]), url)
        expectUnready(try check([], ["MULTIBOX_PORT": "0"]), "the system chooses the service's port")
    }

    @Test func `a service on a Unix socket`() throws {
        let socket = folder.path + "/s"
        let service = try ChildProcess(
            try Program.multibox, ["serve", "--model", model, "--unix-socket", socket, "--drain-delay", "0s"])
        defer { service.end() }
        _ = try service.output.line { $0.contains("\"ready\"") ? true : nil }
        expectReady(try check([], ["MULTIBOX_UNIX_SOCKET": socket]), "unix:" + socket)
        expectReady(try check(["unix:" + socket]), "unix:" + socket)
        expectUnready(try check(["unix:" + socket + "x"]), "No such file or directory")
    }

    @Test(.enabled(if: TestCertificates.isAvailable, "needs the openssl command"))
    func `over TLS no certificate is checked; where clients need one, there are addresses for probes`() throws {
        let certificates = try TestCertificates()
        let files = [
            "MULTIBOX_TLS_CERTIFICATE": certificates.folder + "/server.pem",
            "MULTIBOX_TLS_KEY": certificates.folder + "/server.key",
        ]
        let server = try ServerProcess(
            listeningWith: ["--model", model], environment: files)
        try server.event("ready")
        let port = "\(server.port)"
        expectReady(try check([], files.merging(["MULTIBOX_PORT": port]) { $1 }), "https://127.0.0.1:\(port)")
        expectReady(try check(["https://localhost:\(port)"]), "https://localhost:\(port)")
        #expect(try check(["http://localhost:\(port)"]).exit == .status(1))
        let plain = try ServerProcess(model: model)
        expectUnready(try check(["https://localhost:\(plain.port)"]), "TLS failed")

        let strict = try ServerProcess(
            listeningWith: ["--model", model],
            environment: files.merging(["MULTIBOX_TLS_CLIENT_CA": certificates.folder + "/ca.pem"]) { $1 })
        try strict.event("ready")
        expectUnready(try check(["https://localhost:\(strict.port)"]), "broke off: TLS failed")
    }

    @Test func `whoever answers nothing, or a byte now and then, is not waited for`() throws {
        for script in [
            // Listens, and says nothing.
            "import socket, time; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); "
                + "print(s.getsockname()[1], flush=True); time.sleep(60)",
            "import socket, time; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); "
                + "print(s.getsockname()[1], flush=True); c = s.accept()[0]; c.sendall(b'HTTP/1.1 200 OK\\r\\n')\n"
                + "while True: c.sendall(b'x: y\\r\\n'); time.sleep(0.05)",
        ] {
            let server = try ChildProcess(try #require(Program.python), ["-c", script])
            defer { server.end() }
            let port = try server.output.line { $0 }
            let start = ContinuousClock.now
            expectUnready(
                try check(["--timeout", "300ms", "http://127.0.0.1:\(port)"]), "did not answer within 300ms")
            let duration = start.duration(to: .now)
            #expect(duration >= .milliseconds(300) && duration < .seconds(30), "\(duration)")
        }
    }

    @Test func `what is used wrongly is status 2, settings that make no service are 1`() throws {
        for (arguments, words) in [
            (["ftp://localhost"], "begins with http://"), (["http://u:p@localhost"], "a probe needs none"),
            (["--timeout", "0s"], "more than 0"), (["--timeout", "5"], "a number and a unit"), (["a", "b"], "b"),
            (["--config", "x", "http://localhost"], "--config says nothing"), (["http://localhost:0"], "1 to 65535"),
        ] {
            let run = try check(arguments)
            #expect(run.exit == .status(2) && run.errorLines.count == 1 && run.errors.contains(words), "\(run.errors)")
        }
        expectUnready(try check([], ["MULTIBOX_PORT": "http"]), "MULTIBOX_PORT")
        expectUnready(try check(["--config", folder.path + "/none.yaml"]), "none.yaml")
        expectUnready(try check(["http://no-such-host.invalid"]), "cannot resolve no-such-host.invalid")
    }

    @Test func `the image asks its own service`() throws {
        let file = try String(contentsOfFile: Program.repository + "/Dockerfile", encoding: .utf8)
        #expect(file.contains("CMD [\"multibox\", \"healthcheck\"]"))
    }
}
