/// What is known of a request that no handler answered: as much of it as had arrived and was understood.
public struct RequestOutline: Sendable, Equatable {
    /// The head, where it was complete.
    public var head: RequestHead?
    /// What it was accepted as, where the server had accepted it.
    public var acceptance: (any Acceptance)?
    /// The method, where the request line was read that far.
    public var method: Method?
    /// The decoded path, where the request line was valid.
    public var path: String?
    /// What was sent for a path in a request line that is not valid: it says no more than what the client meant to speak.
    public var unreadPath: String?
    /// The peer's address without port, as the transport prints it; `nil` where there is none (a Unix socket).
    public var remoteAddress: String?
    /// Bytes of its content that had arrived.
    public var contentBytes: Int

    /// A request of which no more than this is known.
    public init(
        method: Method? = nil, path: String? = nil, unreadPath: String? = nil, remoteAddress: String? = nil
    ) {
        head = nil
        acceptance = nil
        self.method = method
        self.path = path
        self.unreadPath = unreadPath
        self.remoteAddress = remoteAddress
        contentBytes = 0
    }

    /// A request whose head was complete.
    public init(
        head: RequestHead, acceptance: (any Acceptance)? = nil, remoteAddress: String?, contentBytes: Int = 0
    ) {
        self.head = head
        self.acceptance = acceptance
        method = head.method
        path = head.path
        self.remoteAddress = remoteAddress
        self.contentBytes = contentBytes
    }

    /// Whether the same is known of both, and both were accepted as the same.
    public static func == (a: RequestOutline, b: RequestOutline) -> Bool {
        a.head == b.head && a.acceptance === b.acceptance && a.method == b.method && a.path == b.path
            && a.unreadPath == b.unreadPath
            && a.remoteAddress == b.remoteAddress && a.contentBytes == b.contentBytes
    }
}
