import COpenSSL
import Platform

/// Sessions of a client that takes every certificate.
enum TLSClientSession {
    /// What is offered by ALPN (RFC 7301, section 3.1): names, each after its length.
    private static let protocols = [UInt8(8)] + Array("http/1.1".utf8)

    /// A session that waits to begin its handshake with a server; nil if there is no memory for it.
    static func make(to endpoint: Endpoint) -> OpaquePointer? {
        OpenSSLErrors.clear()
        guard let context = SSL_CTX_new(TLS_client_method()) else { return nil }
        // A session keeps its context.
        defer { SSL_CTX_free(context) }
        guard openssl_set_protocols(context, TLS1_2_VERSION, TLS1_3_VERSION) == 1 else { return nil }
        openssl_refuse_renegotiation_and_compression(context)
        openssl_set_mode(context, CLong(SSL_MODE_ENABLE_PARTIAL_WRITE) | CLong(SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER))
        guard let session = SSL_new(context) else { return nil }
        SSL_set_connect_state(session)
        SSL_set_alpn_protos(session, protocols, CUnsignedInt(protocols.count))
        // A numeric address is no server's name (RFC 6066, section 3).
        if case .tcp(let host, _) = endpoint, !isNumeric(host) { openssl_set_server_name(session, host) }
        return session
    }

    private static func isNumeric(_ host: String) -> Bool {
        var address = in6_addr()
        return [AF_INET, AF_INET6].contains { inet_pton($0, host, &address) == 1 }
    }
}
