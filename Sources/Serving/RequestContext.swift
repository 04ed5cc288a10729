import HTTP

/// What is known of a request from its arrival on: what its answer and its log line share.
struct RequestContext: Sendable {
    /// The identifier, the client's or our own.
    let id: String
    /// The trace it belongs to: the client's, or one that begins with it.
    let trace: TraceContext
    /// The method; nil where the request was refused before that was understood.
    let method: Method?
    /// The route of its path, whether or not it takes the method; nil where the request was refused before a route saw it.
    private(set) var route: ServiceRoute?
    /// What the client speaks, as far as its path tells.
    let spoken: ServiceProtocol
    /// The route as it is logged: known of some requests that no route saw.
    let routeLabel: String
    /// When it was complete; until then, when its head was.
    private(set) var arrival: ContinuousClock.Instant
    /// Bytes of its content that have arrived.
    private(set) var bytesIn: Int
    /// The client's address.
    let remoteAddress: String?
    /// The name of the API key that let it in, where it has one.
    let key: String?
    /// Whether the client likes gzip no less than no coding.
    private(set) var acceptsGzip: Bool
    /// The origin of the page that asks, where there is one.
    let origin: String?

    /// The context of a request of which the head has arrived.
    init(
        _ head: RequestHead, route: ServiceRoute?, remoteAddress: String?, key: String?,
        at arrival: ContinuousClock.Instant
    ) {
        let headers = head.headers
        id = RequestIdentifier.choose(sent: headers.values("X-Request-Id"))
        trace = Self.trace(of: headers)
        method = head.method
        self.route = route
        spoken = route?.spoken ?? ServiceProtocol(ofUnknownPath: head.path)
        routeLabel = route?.rawValue ?? ServiceRoute.noRoute
        self.arrival = arrival
        bytesIn = 0
        self.remoteAddress = remoteAddress
        self.key = key
        acceptsGzip =
            if let field = headers["Accept-Encoding"] { AcceptEncoding(field).prefers("gzip") } else { false }
        origin = headers["Origin"]
    }

    /// The context of a request that was refused before it was let in.
    init(refused request: RequestOutline, remoteAddress: String?, at arrival: ContinuousClock.Instant) {
        let headers = request.head?.headers
        id = RequestIdentifier.choose(sent: headers?.values("X-Request-Id") ?? [])
        trace = headers.map(Self.trace(of:)) ?? .begin()
        method = request.method
        route = nil
        let meant = DetectionService.route(of: request) ?? request.unreadPath.flatMap { ServiceRoute.at($0) }
        spoken = meant?.spoken ?? ServiceProtocol(ofUnknownPath: request.path ?? request.unreadPath ?? "")
        routeLabel = DetectionService.routeLabel(of: request)
        self.arrival = arrival
        bytesIn = request.contentBytes
        self.remoteAddress = remoteAddress
        key = nil
        acceptsGzip = false
        origin = headers?["Origin"]
    }

    private static func trace(of headers: HeaderFields) -> TraceContext {
        let sent = headers.values(RequestField.trace.rawValue)
        guard !sent.isEmpty else { return .begin() }
        return TraceContext(sent: sent, state: headers.values(RequestField.traceState.rawValue)) ?? .begin()
    }

    /// The context of the request when it is complete.
    func completed(bytesIn: Int, at arrival: ContinuousClock.Instant) -> RequestContext {
        var context = self
        context.bytesIn = bytesIn
        context.arrival = arrival
        return context
    }

    /// The context of the request when it is refused on its way to its route.
    func refused(bytesIn: Int, at arrival: ContinuousClock.Instant) -> RequestContext {
        var context = completed(bytesIn: bytesIn, at: arrival)
        context.route = nil
        context.acceptsGzip = false
        return context
    }

    /// The `method` label: a method that has series for this route and `status`, or `other`.
    func methodLabel(status: Int) -> MethodLabel {
        switch method {
        case Method.options? where status == 204: return .options
        case Method.get? where takes(.get): return isMethodTaken(status) ? .get : .other
        case Method.head? where takes(.get): return isMethodTaken(status) ? .head : .other
        case Method.post? where takes(.post): return isMethodTaken(status) ? .post : .other
        default: return .other
        }
    }

    private func takes(_ method: Method) -> Bool { route?.methods.contains(method) == true }

    private func isMethodTaken(_ status: Int) -> Bool { status != 405 && status != 501 }
}
