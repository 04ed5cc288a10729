import COpenSSL

/// Certificates and rules for handshakes, ready to use: an `SSL_CTX`.
///
/// TLS 1.2 and 1.3 with ephemeral keys and authenticated encryption only (RFC 9325); no renegotiation, no compression.
/// Sessions are resumed by tickets, whose key lives and dies with the context: nothing is kept for clients, and sessions
/// do not outlive the certificate or the authorities under which they began.
///
/// `@unchecked Sendable`: an `SSL_CTX` that is not changed any more may be used from all threads (OpenSSL counts its
/// references and guards what it updates), and nothing changes it after `init`.
final class TLSContext: @unchecked Sendable {
    /// Suites of TLS 1.2; those of TLS 1.3 are all of this kind.
    private static let ciphers =
        "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
        + "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
    /// Key exchange.
    private static let groups = "X25519:P-256:P-384"
    /// Keys below 112 bits of security (RSA of 2048 bits, curves of 224) are refused, as are SHA-1 signatures.
    private static let securityLevel: CInt = 2
    /// Certificates between a client's and its authority's.
    private static let maximumClientChain: CInt = 8
    /// Seconds for which a session can be resumed.
    private static let sessionLifetime = 7200
    /// Sessions belong to this program; OpenSSL refuses to resume verified ones that belong to nobody.
    private static let sessionOwner = Array("multibox".utf8)

    private let context: OpaquePointer

    /// Reads the files.
    init(_ files: TLSFiles) throws(TLSError) {
        OpenSSLErrors.clear()
        guard let context = SSL_CTX_new(TLS_server_method()) else { throw .library(reason: OpenSSLErrors.take()) }
        self.context = context
        let owner = Self.sessionOwner
        guard openssl_set_protocols(context, TLS1_2_VERSION, TLS1_3_VERSION) == 1,
            SSL_CTX_set_cipher_list(context, Self.ciphers) == 1, openssl_set_groups(context, Self.groups) == 1,
            SSL_CTX_set_session_id_context(context, owner, CUnsignedInt(owner.count)) == 1
        else { throw .library(reason: OpenSSLErrors.take()) }
        SSL_CTX_set_security_level(context, Self.securityLevel)
        openssl_refuse_renegotiation_and_compression(context)
        // A write that was blocked is tried again with the same bytes, which may have moved. Idle connections hold no
        // buffers.
        openssl_set_mode(
            context,
            CLong(SSL_MODE_ENABLE_PARTIAL_WRITE) | CLong(SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER)
                | CLong(SSL_MODE_RELEASE_BUFFERS))
        openssl_read_ahead(context)
        openssl_disable_session_cache(context)
        SSL_CTX_set_timeout(context, Self.sessionLifetime)
        SSL_CTX_set_alpn_select_cb(
            context,
            { _, selected, length, offer, offerLength, _ in
                TLSContext.selectProtocol(selected, length, offer, offerLength)
            }, nil)
        try useCertificate(files)
        if let path = files.clientAuthorities { try requireClients(of: path) }
    }

    deinit { SSL_CTX_free(context) }

    /// A session that waits for a client's handshake; nil if there is no memory for it.
    func makeSession() -> OpaquePointer? {
        guard let session = SSL_new(context) else { return nil }
        SSL_set_accept_state(session)
        return session
    }

    private func useCertificate(_ files: TLSFiles) throws(TLSError) {
        let chain = try PEMFile(path: files.certificate)
        let keyFile = try PEMFile(path: files.key)
        try chain.withCertificates { (certificates) throws(TLSError) in
            guard let first = certificates.first else { throw .noCertificate(path: chain.path) }
            guard SSL_CTX_use_certificate(context, first) == 1 else { throw rejection(of: chain.path) }
            for certificate in certificates.dropFirst() {
                guard openssl_add_chain_certificate(context, certificate) == 1 else { throw rejection(of: chain.path) }
            }
            try keyFile.withPrivateKey { (key) throws(TLSError) in
                guard X509_check_private_key(first, key) == 1 else {
                    OpenSSLErrors.clear()
                    throw .keyMismatch(certificate: chain.path, key: keyFile.path)
                }
                guard SSL_CTX_use_PrivateKey(context, key) == 1 else { throw rejection(of: keyFile.path) }
            }
        }
    }

    private func requireClients(of path: String) throws(TLSError) {
        guard let store = SSL_CTX_get_cert_store(context) else { throw .library(reason: OpenSSLErrors.take()) }
        try PEMFile(path: path).withCertificates { (authorities) throws(TLSError) in
            for authority in authorities {
                guard X509_STORE_add_cert(store, authority) == 1, SSL_CTX_add_client_CA(context, authority) == 1 else {
                    throw rejection(of: path)
                }
            }
        }
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
        SSL_CTX_set_verify_depth(context, Self.maximumClientChain)
    }

    private func rejection(of path: String) -> TLSError { .rejected(path: path, reason: OpenSSLErrors.take()) }

    /// Picks `http/1.1` from what a client offers: names, each after its length (RFC 7301, section 3.1). One who offers
    /// only other protocols is told so by an alert (section 3.2) rather than by an answer it cannot read.
    private static func selectProtocol(
        _ selected: UnsafeMutablePointer<UnsafePointer<UInt8>?>?, _ selectedLength: UnsafeMutablePointer<UInt8>?,
        _ offer: UnsafePointer<UInt8>?, _ offerLength: CUnsignedInt
    ) -> CInt {
        let names = UnsafeBufferPointer(start: offer, count: Int(offerLength))
        var position = 0
        while position < names.count {
            let length = Int(names[position])
            let start = position + 1
            guard start + length <= names.count else { break }
            if names[start..<start + length].elementsEqual("http/1.1".utf8) {
                selected?.pointee = offer?.advanced(by: start)
                selectedLength?.pointee = UInt8(length)
                return SSL_TLSEXT_ERR_OK
            }
            position = start + length
        }
        return SSL_TLSEXT_ERR_ALERT_FATAL
    }
}
