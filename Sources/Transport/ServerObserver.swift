import HTTP

/// Told what happens below the requests, for metrics and logs. Called on event loops: must be short.
public protocol ServerObserver: Sendable {
    /// A connection was accepted.
    func connectionOpened()
    /// A connection that was accepted has ended.
    func connectionClosed()
    /// A connection from `address` (without port; nil for a Unix socket's peer) was turned away.
    func connectionRefused(_ reason: RefusalReason, from address: String?)
    /// A connection could not be accepted.
    func acceptFailed(_ error: TransportError)
    /// A connection from `address` ended before its TLS handshake was complete.
    func handshakeFailed(_ error: TransportError, from address: String?)
    /// A request was answered before it reached the handler: malformed, too large or too slow; or its handler dropped it.
    func requestRefused(_ error: RequestError, _ request: RequestOutline)
    /// A client left a request of which it had sent a part.
    func requestAborted(_ request: RequestOutline, _ cause: AbortCause)
}

extension ServerObserver {
    /// Does nothing.
    public func connectionOpened() {}
    /// Does nothing.
    public func connectionClosed() {}
    /// Does nothing.
    public func connectionRefused(_ reason: RefusalReason, from address: String?) {}
    /// Does nothing.
    public func acceptFailed(_ error: TransportError) {}
    /// Does nothing.
    public func handshakeFailed(_ error: TransportError, from address: String?) {}
    /// Does nothing.
    public func requestRefused(_ error: RequestError, _ request: RequestOutline) {}
    /// Does nothing.
    public func requestAborted(_ request: RequestOutline, _ cause: AbortCause) {}
}

/// The observer of a server that nobody watches.
struct NoObserver: ServerObserver {}
