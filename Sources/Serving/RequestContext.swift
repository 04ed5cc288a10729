import HTTP

/// What is known of a request from its arrival on: what its answer and its log line share.
struct RequestContext: Sendable {
    /// The identifier, the client's or our own.
    let id: String
    /// The trace it belongs to.
    let trace: TraceContext?
    /// The method; nil where the request was refused before it was understood.
    let method: Method?
    /// The route of its path, whether or not it takes the method.
    let route: ServiceRoute?
    /// When it was complete.
    let arrival: ContinuousClock.Instant
    /// Bytes of its content.
    let bytesIn: Int
    /// The client's address.
    let remoteAddress: String?
    /// Whether the client likes gzip no less than no coding.
    let acceptsGzip: Bool

    /// The context of a request with a head.
    init(
        _ head: RequestHead, route: ServiceRoute?, bytesIn: Int, remoteAddress: String?,
        at arrival: ContinuousClock.Instant
    ) {
        let headers = head.headers
        id = RequestIdentifier.choose(sent: headers.values("X-Request-Id"))
        trace = TraceContext(sent: headers.values("traceparent"))
        method = head.method
        self.route = route
        self.arrival = arrival
        self.bytesIn = bytesIn
        self.remoteAddress = remoteAddress
        acceptsGzip =
            if let field = headers["Accept-Encoding"] { AcceptEncoding(field).prefers("gzip") } else { false }
    }

    /// The context of a request that was refused before there was a head.
    init(refusedAt arrival: ContinuousClock.Instant) {
        id = RequestIdentifier.generate()
        trace = nil
        method = nil
        route = nil
        self.arrival = arrival
        bytesIn = 0
        remoteAddress = nil
        acceptsGzip = false
    }

    /// The `route` label and log entry.
    var routeLabel: String { route?.rawValue ?? ServiceRoute.noRoute }

    /// The `method` label: a method that has series for this route and `status`, or `other`.
    func methodLabel(status: Int) -> MethodLabel {
        switch method {
        case Method.options? where status == 204: return .options
        case Method.get? where route?.method == .get: return isMethodTaken(status) ? .get : .other
        case Method.head? where route?.method == .get: return isMethodTaken(status) ? .head : .other
        case Method.post? where route?.method == .post: return isMethodTaken(status) ? .post : .other
        default: return .other
        }
    }

    private func isMethodTaken(_ status: Int) -> Bool { status != 405 && status != 501 }
}
