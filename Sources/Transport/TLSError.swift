/// Why certificates cannot be used.
public enum TLSError: Error, Hashable, Sendable {
    /// A file cannot be read; `reason` is the system's.
    case unreadable(path: String, reason: String)
    /// A file is larger than `limit` bytes.
    case fileTooLarge(path: String, limit: Int)
    /// There is no PEM certificate in the file.
    case noCertificate(path: String)
    /// A certificate of the file is not one.
    case malformedCertificate(path: String, reason: String)
    /// There is no PEM private key in the file.
    case noKey(path: String)
    /// The private key asks for a passphrase, which nobody is there to type.
    case encryptedKey(path: String)
    /// The private key is not one.
    case malformedKey(path: String, reason: String)
    /// The private key is not that of the certificate.
    case keyMismatch(certificate: String, key: String)
    /// OpenSSL does not take what the file holds: a key that is too short, a hash that is too weak.
    case rejected(path: String, reason: String)
    /// OpenSSL itself does not work.
    case library(reason: String)
}

extension TLSError: CustomStringConvertible {
    /// One sentence for the operator.
    public var description: String {
        switch self {
        case .unreadable(let path, let reason): "cannot read \(path): \(reason)"
        case .fileTooLarge(let path, let limit): "\(path) is larger than \(limit) bytes"
        case .noCertificate(let path): "there is no PEM certificate in \(path)"
        case .malformedCertificate(let path, let reason): "a certificate in \(path) is malformed: \(reason)"
        case .noKey(let path): "there is no PEM private key in \(path)"
        case .encryptedKey(let path):
            "the private key in \(path) is encrypted; a service needs one without a passphrase"
        case .malformedKey(let path, let reason): "the private key in \(path) is malformed: \(reason)"
        case .keyMismatch(let certificate, let key):
            "the private key in \(key) is not that of the first certificate in \(certificate)"
        case .rejected(let path, let reason): "OpenSSL does not accept \(path): \(reason)"
        case .library(let reason): "OpenSSL does not start: \(reason)"
        }
    }
}
