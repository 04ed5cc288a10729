import Platform

/// Why the transport could not do something.
public enum TransportError: Error, Hashable, Sendable {
    /// A system call failed.
    case system(call: String, errno: Int32)
    /// Something else listens there.
    case addressInUse(Endpoint)
    /// The machine has no such address.
    case addressNotAvailable(Endpoint)
    /// The process may not listen there.
    case permissionDenied(Endpoint)
    /// The name of the host is not known; `reason` is the resolver's.
    case hostNotFound(host: String, reason: String)
    /// A Unix socket's path is empty or longer than `limit` bytes.
    case invalidPath(String, limit: Int)
    /// There is a file at a Unix socket's path that is not a socket; it is left alone.
    case notASocket(path: String)
    /// A descriptor that was handed over is no stream socket that listens.
    case notListening(descriptor: Int32)
    /// TLS failed; `reason` is OpenSSL's.
    case tls(reason: String)
    /// The client's handshake was not complete in time.
    case handshakeTimeout
    /// The peer ended a TLS connection without saying so: it may have been cut by somebody else.
    case truncated
}

extension TransportError: CustomStringConvertible {
    /// One sentence for the operator.
    public var description: String {
        switch self {
        case .system(let call, let errno): "\(call) failed: \(Self.text(of: errno))"
        case .addressInUse(let endpoint): "address already in use: \(endpoint)"
        case .addressNotAvailable(let endpoint): "address not available on this machine: \(endpoint)"
        case .permissionDenied(let endpoint): "permission denied to listen on \(endpoint)"
        case .hostNotFound(let host, let reason): "cannot resolve \(host): \(reason)"
        case .invalidPath(let path, let limit): "not a path of 1 to \(limit) bytes for a Unix socket: \(path)"
        case .notASocket(let path): "there is a file that is not a socket at \(path)"
        case .notListening(let descriptor): "descriptor \(descriptor), handed over to listen on, is no listening socket"
        case .tls(let reason): "TLS failed: \(reason)"
        case .handshakeTimeout: "the TLS handshake took too long"
        case .truncated: "the TLS connection ended without close_notify"
        }
    }

    /// The C library's text of an error number.
    static func text(of errno: Int32) -> String {
        guard let text = strerror(errno) else { return "errno \(errno)" }
        return String(cString: text)
    }
}
