import COpenSSL
import Platform

/// A PEM file (RFC 7468) in memory.
struct PEMFile {
    /// The largest file that is read, in bytes: a bundle of all public authorities takes a fifth of it.
    static let maximumBytes = 1 << 20

    /// Where it was read from.
    let path: String
    private let bytes: [UInt8]

    /// Reads a file.
    init(path: String) throws(TLSError) {
        self.path = path
        let bytes: [UInt8]
        do { bytes = try InputFile.bytes(path, limit: Self.maximumBytes, source: .any) } catch {
            switch error {
            case .tooLarge: throw .fileTooLarge(path: path, limit: Self.maximumBytes)
            case .unreadable(_, let reason), .unwritable(_, let reason): throw .unreadable(path: path, reason: reason)
            case .exists: throw .unreadable(path: path, reason: "\(error)")
            }
        }
        // One more line end: OpenSSL takes no buffer of no bytes.
        self.bytes = bytes + [UInt8(ascii: "\n")]
    }

    /// Lends the certificates in their order to `body`, which takes a reference of its own of what it keeps.
    func withCertificates<Result>(
        _ body: ([OpaquePointer]) throws(TLSError) -> Result
    ) throws(TLSError) -> Result {
        var certificates: [OpaquePointer] = []
        defer { for certificate in certificates { X509_free(certificate) } }
        try withInput { (input) throws(TLSError) in
            OpenSSLErrors.clear()
            while let certificate = PEM_read_bio_X509(input, nil, nil, nil) { certificates.append(certificate) }
            guard OpenSSLErrors.saysNoMoreSections else {
                throw .malformedCertificate(path: path, reason: OpenSSLErrors.take())
            }
            OpenSSLErrors.clear()
        }
        guard !certificates.isEmpty else { throw .noCertificate(path: path) }
        return try body(certificates)
    }

    /// Lends the first private key to `body`.
    func withPrivateKey<Result>(_ body: (OpaquePointer) throws(TLSError) -> Result) throws(TLSError) -> Result {
        let key = try withInput { (input) throws(TLSError) -> OpaquePointer in
            var asksForPassphrase = false
            OpenSSLErrors.clear()
            // Without a callback of ours OpenSSL would ask the terminal.
            let key = PEM_read_bio_PrivateKey(
                input, nil,
                { _, _, _, asked in
                    asked?.assumingMemoryBound(to: Bool.self).pointee = true
                    return -1
                }, &asksForPassphrase)
            if let key { return key }
            if asksForPassphrase {
                OpenSSLErrors.clear()
                throw .encryptedKey(path: path)
            }
            let reason = OpenSSLErrors.take()
            // OpenSSL says "unsupported" of both.
            guard String(decoding: bytes, as: UTF8.self).contains("PRIVATE KEY-----") else { throw .noKey(path: path) }
            throw .malformedKey(path: path, reason: reason)
        }
        defer { EVP_PKEY_free(key) }
        return try body(key)
    }

    private func withInput<Result>(_ body: (OpaquePointer) throws(TLSError) -> Result) throws(TLSError) -> Result {
        try bytes.withUnsafeBufferPointer { (bytes) throws(TLSError) -> Result in
            guard let input = BIO_new_mem_buf(bytes.baseAddress, CInt(bytes.count)) else {
                throw TLSError.library(reason: OpenSSLErrors.take())
            }
            defer { BIO_free(input) }
            return try body(input)
        }
    }
}
