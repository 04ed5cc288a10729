import HTTP

#if canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Limits and times of a server.
public struct ServerConfiguration: Sendable {
    /// Limits and times of each connection.
    public var connection = ConnectionConfiguration()
    /// The most connections at a time; one more is answered 503 and closed.
    public var maximumConnections = 1024
    /// The most bytes that all connections hold together: content of requests that are not complete and answers that are
    /// not read. Beyond it, content that arrives is answered 503. A connection alone is bounded by its own limits, yet a
    /// thousand of them could hold a thousand times as much.
    public var maximumHeldBytes = 1 << 30
    /// The number of event loops, each a thread when busy.
    public var loops = max(1, min(4, Int(sysconf(CInt(_SC_NPROCESSORS_ONLN)))))
    /// How long a listener rests when the process has no descriptor or memory for another connection.
    public var acceptPause = Duration.milliseconds(100)
    /// The answer to a connection beyond `maximumConnections`.
    public var overloadAnswer = Response(
        status: .serviceUnavailable, contentType: "application/problem+json", headers: ["Retry-After": "1"],
        body: Array(
            #"{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"Too many connections."}"#.utf8)
    )

    /// The documented defaults.
    public init() {}
}
