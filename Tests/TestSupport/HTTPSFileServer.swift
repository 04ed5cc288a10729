import Foundation

/// `Tests/Fixtures/https_server.py` as a process: files over HTTPS in good and in bad ways, and a proxy before them.
package final class HTTPSFileServer: Sendable {
    /// Whether it can be had here.
    package static let isAvailable = Program.python != nil && TestCertificates.isAvailable
    package static let absence = "needs python3 and openssl: make test installs them"

    package let process: ChildProcess
    package let port: UInt16
    package let proxyPort: UInt16
    package let certificates: TestCertificates
    private let folder: TemporaryFolder

    /// Starts it.
    ///
    /// - Parameter names: what its certificate is for.
    package init(names: String = "DNS:localhost,DNS:models.invalid,IP:127.0.0.1") throws {
        guard let python = Program.python else { throw Unexpected(Self.absence) }
        certificates = try TestCertificates()
        try certificates.sign("files", by: "ca", names: names)
        folder = try TemporaryFolder()
        let process = try ChildProcess(
            python,
            [
                Program.repository + "/Tests/Fixtures/https_server.py", certificates.path("files.pem"),
                certificates.path("files.key"), folder.path,
            ])
        self.process = process
        func port(_ word: String) throws -> UInt16 {
            try process.output.line { line in
                line.hasPrefix(word + " ") ? UInt16(line.dropFirst(word.count + 1)) : nil
            }
        }
        let ports: [UInt16]
        do { ports = [try port("https"), try port("proxy")] } catch {
            process.end()
            throw Unexpected("\(error); standard error: \(process.errors.allLines)")
        }
        (self.port, proxyPort) = (ports[0], ports[1])
    }

    deinit { process.end() }

    /// Serves bytes under a name.
    package func serve(_ name: String, _ bytes: [UInt8]) throws { try folder.write(name, bytes) }

    /// The address of a folder that is served in this way: see the script.
    package func address(_ behaviour: String) -> String { "https://localhost:\(port)/\(behaviour)" }

    /// Requests so far, as the script prints them.
    package var requests: [String] {
        process.output.allLines.filter { $0.hasPrefix("GET ") || $0.hasPrefix("CONNECT ") }
    }

    /// What makes clients trust it.
    package var environment: [String: String] { ["SSL_CERT_FILE": certificates.path("ca.pem")] }
}
