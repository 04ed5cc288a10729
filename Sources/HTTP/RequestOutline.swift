/// What is known of a request that no handler answered: as much of it as had arrived and was understood.
public struct RequestOutline: Sendable, Equatable {
    /// The head, where it was complete.
    public var head: RequestHead?
    /// The method, where the request line was read that far.
    public var method: Method?
    /// The decoded path, where the request line was valid.
    public var path: String?
    /// The peer's address without port, as the transport prints it; `nil` where there is none (a Unix socket).
    public var remoteAddress: String?
    /// Bytes of its content that had arrived.
    public var contentBytes: Int

    /// A request of which no more than this is known.
    public init(method: Method? = nil, path: String? = nil, remoteAddress: String? = nil) {
        head = nil
        self.method = method
        self.path = path
        self.remoteAddress = remoteAddress
        contentBytes = 0
    }

    /// A request whose head was complete.
    public init(head: RequestHead, remoteAddress: String?, contentBytes: Int = 0) {
        self.head = head
        method = head.method
        path = head.path
        self.remoteAddress = remoteAddress
        self.contentBytes = contentBytes
    }
}
