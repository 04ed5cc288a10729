import EchoServer
import HTTP
import TestSupport
import Testing
import Transport

/// Who is talked to, and who is not.
@Suite(.enabled(if: TestCertificates.isAvailable, "there is no openssl command"))
struct TLSHandshakeTests {
    private static let request = "GET /brief/x HTTP/1.1\r\nHost: h\r\n\r\n"

    private func client(_ configure: (inout ClientTLS) throws -> Void = { _ in }) throws -> ClientTLS {
        var tls = ClientTLS(authority: try Wire.certificates.get().path("ca.pem"))
        try configure(&tls)
        return tls
    }

    @Test(arguments: [[], ["http/1.1"], ["h2", "http/1.1"], ["spdy/3", "http/1.1", "h2"]])
    func httpIsAgreedOn(offer: [String]) throws {
        let echo = try EchoServer(over: .tls13)
        let client = try RawClient(echo.endpoint, tls: client { $0.protocols = offer })
        #expect(client.tls?.negotiatedProtocol == (offer.isEmpty ? "" : "http/1.1"))
        try client.send(Self.request)
        #expect(try client.reply().text == "GET /brief/x ")
        #expect(echo.watcher.handshakes.withLock { $0.isEmpty })
    }

    @Test func aClientOfOtherProtocolsIsToldSo() throws {
        let echo = try EchoServer(over: .tls13)
        do {
            _ = try RawClient(echo.endpoint, tls: client { $0.protocols = ["h2", "http/1.0"] })
            Issue.record("a protocol was agreed on")
        } catch let failure as TLSClientStream.Failure {
            #expect(failure.reason == "tlsv1 alert no application protocol")
        }
        #expect(echo.watcher.awaitClosing())
        #expect(echo.watcher.handshakes.withLock { $0 } == [.tls(reason: "no application protocol")])
        #expect(echo.watcher.handshakeAddresses.withLock { $0 } == ["127.0.0.1"])
    }

    @Test func aHandshakeThatFailsIsToldOfAtOnceAndOnce() throws {
        let echo = try EchoServer(over: .tls13) { $0.connection.headerTimeout = .milliseconds(500) }
        // One who stays, and is cut off when the time for a handshake is over.
        let client = try RawClient(echo.endpoint)
        try client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(echo.watcher.awaitClosing())
        #expect(echo.watcher.handshakes.withLock { $0 } == [.tls(reason: "http request")])
        withExtendedLifetime(client) {}
    }

    @Test func oldVersionsAreRefused() throws {
        let echo = try EchoServer(over: .tls13)
        #expect(throws: TLSClientStream.Failure.self) {
            try RawClient(echo.endpoint, tls: client { $0.version = .tls11 })
        }
        #expect(echo.watcher.awaitClosing())
        #expect(echo.watcher.handshakes.withLock { $0.count } == 1)
    }

    @Test(arguments: ["GET / HTTP/1.1\r\nHost: h\r\n\r\n", "\u{16}\u{3}\u{1}\u{0}\u{2}xx", "nonsense"])
    func whatIsNoHandshakeIsRefused(bytes: String) throws {
        let echo = try EchoServer(over: .tls13)
        let client = try RawClient(echo.endpoint)
        try client.send(bytes)
        client.endOutput()
        // Perhaps an alert, then the end.
        try client.receiveAll()
        #expect(echo.watcher.awaitClosing())
        #expect(echo.watcher.handshakes.withLock { $0.count } == 1)
        #expect(echo.server.connections == 0)
    }

    @Test(arguments: [ClientTLS.Version.tls12, .tls13]) func sessionsAreResumed(version: ClientTLS.Version) throws {
        let echo = try EchoServer(over: .tls13)
        let first = try RawClient(echo.endpoint, tls: client { $0.version = version })
        try first.send(Self.request)
        #expect(try first.reply().status == 200)
        #expect(first.tls?.isResumed == false)
        let session = try #require(first.tls?.session)
        let second = try RawClient(
            echo.endpoint,
            tls: client {
                $0.version = version
                $0.session = session
            })
        #expect(second.tls?.isResumed == true)
        try second.send(Self.request)
        #expect(try second.reply().text == "GET /brief/x ")
        withExtendedLifetime(first) {}
    }

    // MARK: Time

    @Test(arguments: [0, 1, 40]) func aSlowHandshakeIsCutOff(sent: Int) throws {
        let echo = try EchoServer(over: .tls13) { $0.connection.headerTimeout = .milliseconds(30) }
        let client = try RawClient(echo.endpoint)
        // The beginning of a record of 256 bytes.
        try client.send(
            Array(([0x16, 3, 1, 1, 0, 1, 0, 0, 0xFC, 3, 3] + [UInt8](repeating: 7, count: 32)).prefix(sent)))
        #expect(try client.isAtEnd())
        #expect(echo.watcher.awaitClosing())
        #expect(echo.watcher.handshakes.withLock { $0 } == [.handshakeTimeout])
    }

    @Test func aClientThatGoesDuringTheHandshakeLeavesNothingBehind() throws {
        let echo = try EchoServer(over: .tls13)
        for number in 0..<20 {
            let client = try RawClient(echo.endpoint)
            if number.isMultiple(of: 2) { try client.send([0x16, 3, 1, 1, 0, 1]) }
            if number.isMultiple(of: 3) { client.resetOnClose() }
        }
        for _ in 0..<20 { #expect(echo.watcher.awaitClosing()) }
        #expect(echo.server.connections == 0)
    }

    // MARK: Client certificates

    @Test(arguments: [ClientTLS.Version.tls12, .tls13])
    func aClientThatProvesItselfIsServed(version: ClientTLS.Version) throws {
        let certificates = try Wire.certificates.get()
        let echo = try EchoServer(tls: TLSTermination(Wire.files(clientAuthorities: true)))
        var session: TLSClientSession?
        // OpenSSL forgets the session of a connection that goes without a goodbye.
        var clients: [RawClient] = []
        for isSecond in [false, true] {
            let client = try RawClient(
                echo.endpoint,
                tls: client {
                    $0.version = version
                    $0.identity = certificates.path("client")
                    $0.session = session
                })
            try client.send(Self.request)
            #expect(try client.reply().text == "GET /brief/x ")
            #expect(client.tls?.isResumed == isSecond)
            session = client.tls?.session
            clients.append(client)
        }
        withExtendedLifetime(clients) {}
    }

    @Test(arguments: [ClientTLS.Version.tls12, .tls13], [nil, "stranger"])
    func aClientThatDoesNotIsRefused(version: ClientTLS.Version, identity: String?) throws {
        let certificates = try TestCertificates()
        try certificates.makeAuthority("others")
        try certificates.sign("stranger", by: "others")
        let echo = try EchoServer(tls: TLSTermination(Wire.files(clientAuthorities: true)))
        // In TLS 1.3 a client learns of it when it first reads.
        #expect(throws: TLSClientStream.Failure.self) {
            let client = try RawClient(
                echo.endpoint,
                tls: client {
                    $0.version = version
                    $0.identity = identity.map(certificates.path)
                })
            try client.send(Self.request)
            _ = try client.reply()
        }
        #expect(echo.watcher.awaitClosing())
        let reason =
            identity == nil
            ? "peer did not return a certificate" : "certificate verify failed: unable to get local issuer certificate"
        #expect(echo.watcher.handshakes.withLock { $0 } == [.tls(reason: reason)])
    }

    // MARK: Other programs

    @Test(arguments: ["-tls1_2", "-tls1_3"]) func theOpenSSLCommandIsServed(version: String) throws {
        let echo = try EchoServer(over: .tls13)
        let said = try Wire.certificates.get().run(
            [
                "s_client", "-connect", echo.endpoint.description, "-CAfile", "ca.pem", "-verify_return_error",
                "-quiet",
                "-servername", "some.other.name", version,
            ], input: "GET /brief/cli HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        #expect(said.contains("HTTP/1.1 200 OK\r\n") && said.hasSuffix("GET /brief/cli "))
    }

    @Test func renegotiationIsRefused() throws {
        let echo = try EchoServer(over: .tls13)
        // The line R makes the command ask for it.
        let said = try Wire.certificates.get().run(
            ["s_client", "-connect", echo.endpoint.description, "-CAfile", "ca.pem", "-tls1_2"],
            input: "R\nGET / HTTP/1.1\r\n", mayFail: true)
        #expect(said.contains("no renegotiation"))
    }
}
