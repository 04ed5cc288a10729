import Foundation
import TestSupport
import Testing

/// Who is served: keys, rates, certificates, and files of them that change.
@Suite(.endToEnd)
struct AccessTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("A key is asked for, and other keys take the place of the first ones without a restart")
    func keys() throws {
        let keys = try folder.write("keys", "# a comment\nfirst-key-1\n")
        let server = try ServerProcess(model: try folder.writeModel(), ["--api-keys-file", keys])
        let photo = ColorPhoto(cells: [2: .green])
        func status(_ header: String...) throws -> Int {
            try server.ask(headers: header, body: try photo.png).status
        }
        let refused = try server.ask(body: try photo.png)
        #expect(refused.status == 401)
        #expect(refused.headers["www-authenticate"] == "Bearer realm=\"multibox\"")
        #expect(try status("Authorization: Bearer first-key-1") == 200)
        #expect(try status("X-API-Key: first-key-1") == 200)
        #expect(try status("X-API-Key: first-key-2") == 401)
        for path in ["/livez", "/readyz", "/healthz", "/metrics"] { #expect(try server.get(path).status == 200) }

        // Broken: the old ones stay.
        _ = try folder.write("keys", "a key of several words\n")
        server.process.send(SIGHUP)
        let reason = try server.event("the new API keys cannot be used, the old ones stay")["reason"]
        #expect(reason?.contains("line 1") == true && reason?.contains("several") == false)
        #expect(try status("X-API-Key: first-key-1") == 200)
        _ = try folder.write("keys", "first-key-2\n")
        server.process.send(SIGHUP)
        try server.event("the new API keys are in force")
        #expect(try status("X-API-Key: first-key-1") == 401)
        #expect(try status("X-API-Key: first-key-2") == 200)
    }

    @Test("Keys have names, in log and metrics, which change with the file")
    func names() throws {
        let keys = try folder.write("keys", "camera:key-of-camera\n")
        let server = try ServerProcess(model: try folder.writeModel(), ["--api-keys-file", keys])
        #expect(try server.event("the API keys are in force")["names"] == "camera")
        func ask(_ key: String, _ id: String) throws -> String? {
            let status = try server.ask(
                "GET", "/model", headers: ["X-API-Key: \(key)", "X-Request-Id: \(id)"]
            ).status
            #expect(status == 200 || status == 401)
            return try server.process.output.line { $0.contains("\"\(id)\"") ? $0 : nil }
        }
        #expect(try ask("key-of-camera", "first")?.contains("\"key\":\"camera\"") == true)
        #expect(try ask("camera:key-of-camera", "second")?.contains("\"problem\":\"unauthorized\"") == true)
        let series = { (name: String) in "multibox_key_requests_total{key=\"\(name)\"}" }
        #expect(try server.metric(series("camera")) == 1)
        #expect(try server.metric(series("other")) == 0)
        _ = try folder.write("keys", "camera:key-of-camera\ndoor:key-of-door\n")
        server.process.send(SIGHUP)
        #expect(try server.event("the new API keys are in force")["names"] == "camera, door")
        #expect(try ask("key-of-door", "third")?.contains("\"key\":\"door\"") == true)
        #expect(try server.metric(series("camera")) == 1)
        #expect(try server.metric(series("door")) == 1)
        #expect(!server.process.output.allLines.contains { $0.contains("key-of-") })
    }

    @Test("Guesses at keys are held to a rate, which is a setting")
    func guesses() throws {
        let keys = try folder.write("keys", "right-key-1\n")
        let server = try ServerProcess(
            model: try folder.writeModel(),
            ["--api-keys-file", keys, "--max-failed-keys", "2", "--trusted-proxies", "127.0.0.1"])
        func ask(_ key: String, _ client: String) throws -> Reply {
            try server.ask("GET", "/model", headers: ["X-API-Key: \(key)", "X-Forwarded-For: \(client)"])
        }
        #expect(try ask("right-key-1", "192.0.2.1").status == 200)
        for _ in 0..<2 { #expect(try ask("wrong-key-1", "192.0.2.1").status == 401) }
        let held = try ask("wrong-key-1", "192.0.2.1")
        #expect(held.status == 429 && held.problem == "too-many-wrong-keys")
        #expect(held.headers["retry-after"].flatMap { Int($0) }.map { (1...30).contains($0) } == true)
        #expect(try ask("right-key-1", "192.0.2.1").status == 200)
        #expect(try ask("right-key-1", "192.0.2.2").status == 200)
    }

    @Test("A client that asks too often is told when to come back")
    func rate() throws {
        let server = try ServerProcess(
            model: try folder.writeModel(), ["--rate-limit", "2/h", "--trusted-proxies", "127.0.0.0/8"])
        for _ in 0..<2 { #expect(try server.get("/model").status == 200) }
        let refused = try server.get("/model")
        #expect(refused.status == 429)
        #expect(refused.headers["retry-after"].flatMap { Int($0) }.map { (1700...1800).contains($0) } == true)
        // Behind a proxy that is believed there are other clients.
        #expect(try server.ask("GET", "/model", headers: ["X-Forwarded-For: 192.0.2.1"]).status == 200)
        #expect(try server.get("/readyz").status == 200)
        #expect(try server.metric("multibox_connections_refused_total{reason=\"limit\"}") == 0)
    }

    @Test("One client does not take all the connections")
    func connections() throws {
        let server = try ServerProcess(model: try folder.writeModel(), ["--max-connections-per-client", "2"])
        let busy = try (0..<2).map { _ in try server.busyConnection() }
        let metric = "multibox_connections_refused_total{reason=\"client_limit\"}"
        #expect(try server.metric(metric) == 0)
        let refused = try server.get("/model")
        #expect(refused.status == 503 && refused.problem == "too-many-connections")
        #expect(refused.headers["x-request-id"] != nil && refused.headers["connection"] == "close")
        #expect(try server.metric(metric) == 1)
        // A probe is answered all the same.
        #expect(try server.get("/livez").status == 200)
        withExtendedLifetime(busy) {}
    }

    @Test(
        "Photos are detected over TLS, and the certificate changes without a restart",
        .enabled(if: TestCertificates.isAvailable && Program.curl != nil, "needs openssl and curl"))
    func encryption() throws {
        let certificates = try TestCertificates()
        try certificates.makeAuthority("next")
        let server = try ServerProcess(
            listeningWith: [
                "--model", try folder.writeModel(), "--tls-certificate", certificates.path("server.pem"), "--tls-key",
                certificates.path("server.key"), "--tls-client-ca", certificates.path("ca.pem"),
            ])
        try server.event("ready")
        let photo = ColorPhoto(cells: [5: .blue])
        let file = try folder.write("photo.png", try photo.png)
        func curl(_ arguments: String..., trusting authority: String = "ca") throws -> ChildProcess.Exit {
            let process = try ChildProcess(
                try #require(Program.curl),
                ["-s", "-o", folder.path + "/answer", "--cacert", certificates.path(authority + ".pem")] + arguments)
            return try process.wait()
        }
        let identity = ["--cert", certificates.path("client.pem"), "--key", certificates.path("client.key")]
        let address = "https://localhost:\(server.port)"
        #expect(
            try curl(
                identity[0], identity[1], identity[2], identity[3], "--data-binary", "@" + file, address + "/detect")
                == .status(0))
        let answer = try String(contentsOfFile: folder.path + "/answer", encoding: .utf8)
        #expect(answer.contains("\"class\":\"blue\""))
        // Without a certificate of its own a client is nobody.
        #expect(try curl(address + "/livez") != .status(0))

        try Data("nothing".utf8).write(to: URL(fileURLWithPath: certificates.path("server.pem")))
        server.process.send(SIGHUP)
        let reason = try server.event("the new TLS certificates cannot be used, the old ones stay")["reason"]
        #expect(reason?.contains("no PEM certificate") == true)
        #expect(try curl(identity[0], identity[1], identity[2], identity[3], address + "/livez") == .status(0))
        try certificates.sign("server", by: "next")
        server.process.send(SIGHUP)
        try server.event("new connections use the new TLS certificates")
        #expect(
            try curl(identity[0], identity[1], identity[2], identity[3], address + "/livez", trusting: "next")
                == .status(0))
        #expect(try curl(identity[0], identity[1], identity[2], identity[3], address + "/livez") != .status(0))
    }

    @Test(
        "What does not go together is wrong usage",
        arguments: [
            (["--tls-key", "k"], "--tls-certificate"), (["--tls-certificate", "c"], "--tls-key"),
            (["--tls-client-ca", "a"], "--tls-certificate"),
            (["--unix-socket", "s", "--tls-certificate", "c", "--tls-key", "k"], "Unix socket"),
            (["--listen", "127.0.0.1:1", "--port", "2"], "--listen"), (["--listen", "::1:80"], "listen"),
            (["--listen", "unix:"], "listen"), (["--listen", "localhost:+1"], "listen"),
            (["--rate-limit", "0/s"], "rate-limit"), (["--rate-limit", "5"], "rate-limit"),
            (["--rate-limit", "5/d"], "rate-limit"), (["--trusted-proxies", "localhost"], "trusted-proxies"),
            (["--max-connections-per-client", "-1"], "max-connections-per-client"),
            (["--max-failed-keys", "-1"], "max-failed-keys"), (["--end-of-input", "wait"], "end-of-input"),
            (["--log-level", "loud"], "log-level"), (["--log-addresses", "no"], "log-addresses"),
        ])
    func usage(arguments: [String], names: String) throws {
        let run = try CommandRun(["serve", "--print-config"] + arguments)
        #expect(run.exit == .status(2), "\(run.exit)")
        #expect(run.errors.contains(names), "\(run.errors)")
    }

    @Test("A list of addresses or a single one: what is said more directly counts")
    func strongestAddress() throws {
        let file = try folder.write("address.yaml", "port: 9\n")
        let container = ["MULTIBOX_HOST": "0.0.0.0", "MULTIBOX_PORT": "8080"]
        for (arguments, environment, shows, hides) in [
            (["--listen", "127.0.0.1:1"], container, "listen: 127.0.0.1:1  # flag", "port:"),
            (["--port", "2"], ["MULTIBOX_LISTEN": "127.0.0.1:1"], "port: 2  # flag", "listen:"),
            (["--config", file], ["MULTIBOX_LISTEN": "127.0.0.1:1"], "listen: 127.0.0.1:1  # environment", "port:"),
            (["--config", file, "--host", "::1"], [:], "port: 9  # file", "listen:"),
        ] {
            let run = try CommandRun(["serve", "--print-config"] + arguments, environment: environment)
            #expect(run.exit == .status(0), "\(run.errors)")
            #expect(run.lines.contains(shows) && !run.lines.contains { $0.hasPrefix(hides) }, "\(run.text)")
        }
        let run = try CommandRun(
            ["serve", "--print-config"], environment: container.merging(["MULTIBOX_LISTEN": "127.0.0.1:1"]) { $1 })
        #expect(run.exit == .status(2) && run.errors.contains("--listen"), "\(run.errors)")
    }

    @Test("Files that cannot be used end the start in a sentence")
    func files() throws {
        let empty = try folder.write("empty", "# no key\n")
        for (arguments, says) in [
            (["--api-keys-file", empty], "there is no API key in it"),
            (["--api-keys-file", folder.path + "/absent"], "No such file"),
            (["--tls-certificate", empty, "--tls-key", empty], "there is no PEM certificate"),
        ] {
            let run = try CommandRun(["serve", "--model", "none.tflite", "--port", "0"] + arguments)
            #expect(run.exit == .status(1))
            #expect(run.errorLines.count == 1 && run.errors.contains(says), "\(run.errors)")
        }
    }

    @Test("Every setting is in the help and can be printed")
    func settings() throws {
        let help = try CommandRun(["serve", "--help"]).text
        let arguments = [
            "--listen", "127.0.0.1:1,[::1]:2,unix:/tmp/s", "--tls-certificate", "c", "--tls-key", "k",
            "--tls-client-ca",
            "a", "--api-keys-file", "f", "--rate-limit", "600/m", "--trusted-proxies", "10.0.0.0/8,unix",
            "--reuse-port",
            "--max-connections-per-client", "7", "--max-decompressed-bytes", "4096", "--max-failed-keys", "0",
            "--end-of-input", "abandon", "--log-level", "warning", "--log-addresses", "off",
        ]
        let run = try CommandRun(["serve", "--print-config"] + arguments)
        for (name, value) in [
            ("listen", "127.0.0.1:1,[::1]:2,unix:/tmp/s"), ("tls-certificate", "c"), ("tls-key", "k"),
            ("tls-client-ca", "a"), ("api-keys-file", "f"), ("rate-limit", "600/m"),
            ("trusted-proxies", "10.0.0.0/8,unix"), ("reuse-port", "true"), ("max-connections-per-client", "7"),
            ("max-decompressed-bytes", "4096"), ("max-failed-keys", "0"), ("end-of-input", "abandon"),
            ("log-level", "warning"), ("log-addresses", "off"),
        ] {
            #expect(help.contains("--\(name)"))
            #expect(run.lines.contains("\(name): \(value)  # flag"), "\(name): \(run.text)")
        }
        let file = try folder.write("printed.yaml", run.output)
        let again = try CommandRun(["serve", "--print-config", "--config", file])
        #expect(again.exit == .status(0), "\(again.errors)")
        #expect(again.lines.contains("listen: 127.0.0.1:1,[::1]:2,unix:/tmp/s  # file"))
    }
}
