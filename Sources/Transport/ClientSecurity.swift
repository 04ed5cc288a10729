/// Whether what a client says and hears is encrypted.
public enum ClientSecurity: Sendable {
    /// It is not.
    case none
    /// By TLS, whatever certificate the server shows: for questions that hold no secret, asked of a server that nobody would
    /// pose as, as a supervisor asks its own service.
    case unverifiedTLS

    /// A stream over a connected, non-blocking socket; nil if there is no memory for it.
    func stream(over descriptor: consuming FileDescriptor, to endpoint: Endpoint) -> (any ByteStream)? {
        switch self {
        case .none: PlainStream(descriptor)
        case .unverifiedTLS: TLSStream(descriptor, session: TLSClientSession.make(to: endpoint))
        }
    }
}
