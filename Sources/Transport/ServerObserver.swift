import HTTP

/// Told what happens below the requests, for metrics and logs. Called on event loops: must be short.
public protocol ServerObserver: Sendable {
    /// A connection was accepted.
    func connectionOpened()
    /// A connection that was accepted has ended.
    func connectionClosed()
    /// A connection was turned away since there are `limit` already.
    func connectionRefused(limit: Int)
    /// A connection could not be accepted.
    func acceptFailed(_ error: TransportError)
    /// A connection ended before its TLS handshake was complete.
    func handshakeFailed(_ error: TransportError)
    /// A request was answered before it reached the handler: malformed, too large or too slow.
    func requestRefused(_ error: RequestError)
}

extension ServerObserver {
    /// Does nothing.
    public func connectionOpened() {}
    /// Does nothing.
    public func connectionClosed() {}
    /// Does nothing.
    public func connectionRefused(limit: Int) {}
    /// Does nothing.
    public func acceptFailed(_ error: TransportError) {}
    /// Does nothing.
    public func handshakeFailed(_ error: TransportError) {}
    /// Does nothing.
    public func requestRefused(_ error: RequestError) {}
}

/// The observer of a server that nobody watches.
struct NoObserver: ServerObserver {}
