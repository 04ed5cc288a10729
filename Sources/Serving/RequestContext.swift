import HTTP

/// What is known of a request from its arrival on: what its answer and its log line share.
struct RequestContext: Sendable {
    /// The identifier, the client's or our own.
    let id: String
    /// The trace it belongs to.
    let trace: TraceContext?
    /// The `method` label and log entry; nil where the request was refused before it was understood.
    let method: Method?
    /// The `route` label.
    let route: String
    /// When it was complete.
    let arrival: ContinuousClock.Instant
    /// Bytes of its content.
    let bytesIn: Int
    /// The client's address.
    let remoteAddress: String?
    /// Whether the client likes gzip no less than no coding.
    let acceptsGzip: Bool

    /// The context of a request with a head.
    init(_ head: RequestHead, bytesIn: Int, remoteAddress: String?, at arrival: ContinuousClock.Instant) {
        id = RequestIdentifier.choose(sent: head.headers.values("X-Request-Id"))
        trace = TraceContext(sent: head.headers.values("traceparent"))
        method = head.method
        route = ServiceRoute.label(head.path)
        self.arrival = arrival
        self.bytesIn = bytesIn
        self.remoteAddress = remoteAddress
        acceptsGzip = AcceptEncoding(head.headers["Accept-Encoding"]).prefers("gzip")
    }

    /// The context of a request that was refused before there was a head.
    init(refusedAt arrival: ContinuousClock.Instant) {
        id = RequestIdentifier.generate()
        trace = nil
        method = nil
        route = ServiceRoute.noRoute
        self.arrival = arrival
        bytesIn = 0
        remoteAddress = nil
        acceptsGzip = false
    }

    /// The `method` label: a method that has series for this route and `status`, or `other`.
    func methodLabel(status: Int) -> String {
        guard let method else { return "other" }
        if status == 204, method == .options { return method.name }
        guard let route = ServiceRoute(rawValue: route), status != 405, status != 501 else { return "other" }
        return method == route.method || (method == .head && route.method == .get) ? method.name : "other"
    }
}
