import EchoServer
import Foundation
import HTTP
import TestSupport
import Testing
import Transport

/// Certificates that can be used, and what is said of those that cannot.
@Suite(.enabled(if: TestCertificates.isAvailable, "there is no openssl command"))
struct TLSCertificateTests {
    private let certificates: TestCertificates

    init() throws { certificates = try TestCertificates() }

    private func files(_ certificate: String, _ key: String, _ authorities: String? = nil) -> TLSFiles {
        TLSFiles(
            certificate: certificates.path(certificate), key: certificates.path(key),
            clientAuthorities: authorities.map(certificates.path))
    }

    private func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: certificates.path(name)))
    }

    private func read(_ name: String) throws -> String {
        try String(contentsOfFile: certificates.path(name), encoding: .utf8)
    }

    @Test func aFileThatIsNotThere() {
        let missing = certificates.path("none.pem")
        let error = TLSError.unreadable(path: missing, reason: "No such file or directory")
        #expect(throws: error) { try TLSTermination(files("none.pem", "server.key")) }
        #expect(throws: error) { try TLSTermination(files("server.pem", "none.pem")) }
        #expect(throws: error) { try TLSTermination(files("server.pem", "server.key", "none.pem")) }
        #expect(error.description == "cannot read \(missing): No such file or directory")
        #expect(throws: TLSError.unreadable(path: certificates.path(""), reason: "Is a directory")) {
            try TLSTermination(files("", "server.key"))
        }
    }

    @Test func aFileOfSomethingElse() throws {
        try write("text.pem", "hello\n")
        try write("empty.pem", "")
        try write("huge.pem", String(repeating: "x", count: (1 << 20) + 1))
        for name in ["text.pem", "empty.pem", "server.key"] {
            #expect(throws: TLSError.noCertificate(path: certificates.path(name))) {
                try TLSTermination(files(name, "server.key"))
            }
            #expect(throws: TLSError.noCertificate(path: certificates.path(name))) {
                try TLSTermination(files("server.pem", "server.key", name))
            }
        }
        for name in ["text.pem", "empty.pem", "server.pem"] {
            #expect(throws: TLSError.noKey(path: certificates.path(name))) {
                try TLSTermination(files("server.pem", name))
            }
        }
        #expect(throws: TLSError.fileTooLarge(path: certificates.path("huge.pem"), limit: 1 << 20)) {
            try TLSTermination(files("huge.pem", "server.key"))
        }
    }

    @Test func aFileThatIsDamaged() throws {
        let broken = try read("server.pem").replacingOccurrences(of: "MII", with: "AAA")
        try write("broken.pem", broken)
        try write("half.pem", try read("server.pem") + "-----BEGIN CERTIFICATE-----\nMIIB\n")
        try write("broken.key", try read("server.key").replacingOccurrences(of: "MIGH", with: "AAAA"))
        for name in ["broken.pem", "half.pem"] {
            do {
                _ = try TLSTermination(files(name, "server.key"))
                Issue.record("\(name) was taken")
            } catch {
                guard case .malformedCertificate(certificates.path(name), _) = error else {
                    Issue.record("\(error)")
                    continue
                }
            }
        }
        do {
            _ = try TLSTermination(files("server.pem", "broken.key"))
            Issue.record("the key was taken")
        } catch {
            guard case .malformedKey(certificates.path("broken.key"), _) = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test func aKeyOfAnotherCertificate() {
        let error = TLSError.keyMismatch(
            certificate: certificates.path("server.pem"), key: certificates.path("client.key"))
        #expect(throws: error) { try TLSTermination(files("server.pem", "client.key")) }
    }

    @Test func aKeyWithAPassphrase() throws {
        try certificates.run(["pkcs8", "-topk8", "-in", "server.key", "-out", "locked.key", "-passout", "pass:secret"])
        try certificates.run(["ec", "-in", "server.key", "-aes128", "-out", "old.key", "-passout", "pass:secret"])
        for name in ["locked.key", "old.key"] {
            #expect(throws: TLSError.encryptedKey(path: certificates.path(name))) {
                try TLSTermination(files("server.pem", name))
            }
        }
    }

    @Test func aKeyThatIsTooShort() throws {
        try certificates.run([
            "req", "-x509", "-newkey", "rsa:1024", "-nodes", "-keyout", "short.key", "-out", "short.pem", "-subj",
            "/CN=localhost",
        ])
        #expect(throws: TLSError.rejected(path: certificates.path("short.pem"), reason: "ee key too small")) {
            try TLSTermination(files("short.pem", "short.key"))
        }
    }

    @Test func oneFileMayHoldAll() throws {
        try write("all.pem", try read("server.key") + read("server.pem") + read("ca.pem"))
        let echo = try EchoServer(tls: TLSTermination(files("all.pem", "all.pem")))
        let client = try RawClient(echo.endpoint, tls: ClientTLS(authority: certificates.path("ca.pem")))
        try client.send("GET /brief/x HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(try client.reply().status == 200)
    }

    /// A client that knows only the root can verify the server.
    @Test func theChainIsSent() throws {
        try certificates.run([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "middle.key",
            "-out", "middle.pem", "-subj", "/CN=middle", "-CA", "ca.pem", "-CAkey", "ca.key", "-addext",
            "basicConstraints=critical,CA:TRUE",
        ])
        try certificates.sign("leaf", by: "middle")
        let authority = ClientTLS(authority: certificates.path("ca.pem"))
        let alone = try EchoServer(tls: TLSTermination(files("leaf.pem", "leaf.key")))
        #expect(throws: TLSClientStream.Failure.self) { try RawClient(alone.endpoint, tls: authority) }
        try write("chain.pem", try read("leaf.pem") + read("middle.pem"))
        let whole = try EchoServer(tls: TLSTermination(files("chain.pem", "leaf.key")))
        _ = try RawClient(whole.endpoint, tls: authority)
    }

    @Test func reloadingChangesNewHandshakesOnly() throws {
        try certificates.makeAuthority("next")
        let termination = try TLSTermination(files("server.pem", "server.key"))
        let echo = try EchoServer(tls: termination)
        let old = ClientTLS(authority: certificates.path("ca.pem"))
        let new = ClientTLS(authority: certificates.path("next.pem"))
        let early = try RawClient(echo.endpoint, tls: old)
        #expect(throws: TLSClientStream.Failure.self) { try RawClient(echo.endpoint, tls: new) }

        // Broken first: what was there stays.
        try write("server.pem", "no certificate")
        #expect(throws: TLSError.noCertificate(path: certificates.path("server.pem"))) { try termination.reload() }
        _ = try RawClient(echo.endpoint, tls: old)

        try certificates.sign("server", by: "next")
        try termination.reload()
        #expect(throws: TLSClientStream.Failure.self) { try RawClient(echo.endpoint, tls: old) }
        let late = try RawClient(echo.endpoint, tls: new)
        for client in [early, late] {
            try client.send("GET /brief/x HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(try client.reply().text == "GET /brief/x ")
        }
    }
}
