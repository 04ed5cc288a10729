import EchoServer
import TestSupport
import Testing
import Transport

/// What a test's connection goes over: what is true of one is true of all.
enum Wire: String, CaseIterable, CustomTestStringConvertible {
    case plain
    case tls12 = "TLS 1.2"
    case tls13 = "TLS 1.3"

    /// Those that this machine can test.
    static let available = allCases.filter { $0 == .plain || TestCertificates.isAvailable }

    var testDescription: String { rawValue }

    /// Certificates that all tests share.
    static let certificates = Result { try TestCertificates() }

    /// Files of the shared certificates.
    static func files(clientAuthorities: Bool = false) throws -> TLSFiles {
        let certificates = try certificates.get()
        return TLSFiles(
            certificate: certificates.path("server.pem"), key: certificates.path("server.key"),
            clientAuthorities: clientAuthorities ? certificates.path("ca.pem") : nil)
    }

    /// What a server terminates.
    var termination: TLSTermination? {
        get throws { self == .plain ? nil : try TLSTermination(Self.files()) }
    }

    /// How a client speaks.
    var client: ClientTLS? {
        get throws {
            switch self {
            case .plain: nil
            case .tls12: ClientTLS(authority: try Self.certificates.get().path("ca.pem"), version: .tls12)
            case .tls13: ClientTLS(authority: try Self.certificates.get().path("ca.pem"), version: .tls13)
            }
        }
    }
}

extension EchoServer {
    /// A server whose connections go over this wire.
    convenience init(over wire: Wire, configure: (inout ServerConfiguration) -> Void = { _ in }) throws {
        try self.init(tls: wire.termination, clientTLS: wire.client, configure: configure)
    }
}
