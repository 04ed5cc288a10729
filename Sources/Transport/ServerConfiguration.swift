import HTTP
import Platform

/// Limits and times of a server.
public struct ServerConfiguration: Sendable {
    /// Limits and times of each connection.
    public var connection = ConnectionConfiguration()
    /// The most connections at a time. For one more the connection gives way that is idle longest; where a request is under
    /// way on each, the new one is told 503, unless it asks for a probe.
    public var maximumConnections = 1024
    /// Connections beyond the others, for one request each: a probe is answered, all else is told that there is no room.
    public var probeSeats = 32
    /// The most bytes that all connections hold together: content of requests that are not complete and answers that are
    /// not read. Beyond it, content that arrives and large answers become a 503. A connection alone is bounded by its own
    /// limits, yet a thousand of them could hold a thousand times as much.
    public var maximumHeldBytes = 1 << 30
    /// The most connections of one client at a time (an IPv4 address, or an IPv6 network of 64 bits); for one more, one of
    /// the client's own gives way. Nil for as many as there may be in all.
    public var maximumConnectionsPerClient: Int?
    /// Addresses of which there may be more: proxies, which speak for many clients.
    public var speaksForMany: @Sendable (_ address: String) -> Bool = { _ in false }
    /// Whether other processes may listen on the same TCP ports, if they say so too.
    public var sharesPorts = false
    /// The number of event loops, each a thread when busy.
    public var loops = max(1, min(4, Int(sysconf(CInt(_SC_NPROCESSORS_ONLN)))))
    /// How long a listener rests when the process has no descriptor or memory for another connection.
    public var acceptPause = Duration.milliseconds(100)
    /// Decides on a request on a connection beyond these limits: a probe, cheap and wanted most when there is no room, as
    /// anywhere else; for another it calls `refuse` and then makes the answer. Called on an event loop.
    public var decideBeyondLimits:
        @Sendable (RequestHead, _ remoteAddress: String?, _ refuse: () -> Void) -> HeadDecision = { _, _, refuse in
            refuse()
            return .answer(
                Response(
                    status: .serviceUnavailable, contentType: "text/plain; charset=utf-8",
                    headers: ["Retry-After": "1"], body: Array("There are too many connections.\n".utf8)))
        }

    /// The documented defaults.
    public init() {}
}
