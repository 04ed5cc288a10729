import COpenSSL
import Platform

/// How a test's client speaks TLS.
package struct ClientTLS: Sendable {
    package enum Version: Sendable {
        case tls11, tls12, tls13

        var number: CInt {
            switch self {
            case .tls11: TLS1_1_VERSION
            case .tls12: TLS1_2_VERSION
            case .tls13: TLS1_3_VERSION
            }
        }
    }

    /// The certificate it trusts.
    package var authority: String
    /// The only version it speaks.
    package var version: Version
    /// What it offers by ALPN; nothing for no offer.
    package var protocols: [String] = []
    /// A certificate and key of its own: their path without `.pem` and `.key`.
    package var identity: String?
    /// The session it resumes.
    package var session: TLSClientSession?

    package init(authority: String, version: Version = .tls13) { (self.authority, self.version) = (authority, version) }
}

/// A session that a client may resume.
///
/// `@unchecked Sendable`: OpenSSL counts who has it by an atomic number, and it does not change.
package final class TLSClientSession: @unchecked Sendable {
    let pointer: OpaquePointer
    init(_ pointer: OpaquePointer) { self.pointer = pointer }
    deinit { SSL_SESSION_free(pointer) }
}

/// TLS on a client's connected, blocking socket, which it does not own.
package final class TLSClientStream {
    package struct Failure: Error {
        package var reason: String
    }

    private let context: OpaquePointer
    private let connection: OpaquePointer

    /// Performs the handshake.
    init(_ tls: ClientTLS, descriptor: CInt) throws {
        // OpenSSL's own socket calls may raise it.
        signal(SIGPIPE, SIG_IGN)
        guard let context = SSL_CTX_new(TLS_client_method()) else { throw Failure(reason: "no memory") }
        // TLS 1.1 is below what the default security level takes.
        if tls.version == .tls11 { SSL_CTX_set_security_level(context, 0) }
        let isReady =
            openssl_set_protocols(context, tls.version.number, tls.version.number) == 1
            && SSL_CTX_load_verify_file(context, tls.authority) == 1
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        if !tls.protocols.isEmpty {
            let names = tls.protocols.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
            SSL_CTX_set_alpn_protos(context, names, CUnsignedInt(names.count))
        }
        if let identity = tls.identity {
            SSL_CTX_use_certificate_file(context, identity + ".pem", SSL_FILETYPE_PEM)
            SSL_CTX_use_PrivateKey_file(context, identity + ".key", SSL_FILETYPE_PEM)
        }
        guard isReady, let connection = SSL_new(context) else {
            SSL_CTX_free(context)
            throw Failure(reason: Self.reason())
        }
        self.context = context
        self.connection = connection
        SSL_set_fd(connection, descriptor)
        if let session = tls.session { SSL_set_session(connection, session.pointer) }
        guard SSL_connect(connection) == 1 else { throw Failure(reason: Self.reason()) }
    }

    deinit {
        SSL_free(connection)
        SSL_CTX_free(context)
    }

    /// What was agreed on by ALPN.
    package var negotiatedProtocol: String {
        var name: UnsafePointer<UInt8>?
        var length: CUnsignedInt = 0
        SSL_get0_alpn_selected(connection, &name, &length)
        return String(decoding: UnsafeBufferPointer(start: name, count: Int(length)), as: UTF8.self)
    }

    /// Whether the handshake resumed a session.
    package var isResumed: Bool { SSL_session_reused(connection) == 1 }

    /// The session so far; in TLS 1.3 complete once something was received.
    package var session: TLSClientSession? { SSL_get1_session(connection).map(TLSClientSession.init) }

    /// Whether the server said that its side is over.
    package var gotGoodbye: Bool { SSL_get_shutdown(connection) & SSL_RECEIVED_SHUTDOWN != 0 }

    func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        ERR_clear_error()
        var taken = 0
        return SSL_write_ex(connection, bytes.baseAddress, bytes.count, &taken) == 1 ? taken : -1
    }

    /// Reads; 0 at the end that the server has announced.
    func read(_ bytes: UnsafeMutableRawBufferPointer) throws -> Int {
        ERR_clear_error()
        var taken = 0
        let result = SSL_read_ex(connection, bytes.baseAddress, bytes.count, &taken)
        if result == 1 { return taken }
        if SSL_get_error(connection, result) == SSL_ERROR_ZERO_RETURN { return 0 }
        throw Failure(reason: Self.reason())
    }

    /// Sends `close_notify`.
    func endOutput() { SSL_shutdown(connection) }

    private static func reason() -> String {
        let error = ERR_get_error()
        ERR_clear_error()
        guard let text = ERR_reason_error_string(error) else { return "error \(error)" }
        return String(cString: text)
    }
}
