import Dispatch
import HTTP
import Synchronization

/// An HTTP/1.1 server: listeners, event loops and connections around a handler.
///
/// Its end comes in steps that a supervisor can space out: `announceDrain` (answers end their connections, new ones are
/// still welcome, so that a load balancer can notice), `stopAccepting`, `drain`. A server that is released closes
/// everything at once.
public final class HTTPServer: Sendable {
    /// Handles a complete request as what it was accepted, on an event loop: it must not block, and answers now or later
    /// through the responder.
    public typealias Handler = @Sendable (Request, (any Acceptance)?, Responder) -> Void
    /// Decides on a request by its head and the client's address, before its content is read. On an event loop.
    public typealias HeadHook = @Sendable (RequestHead, _ remoteAddress: String?) -> HeadDecision

    private let group: EventLoopGroup
    private let service: ConnectionService
    private let acceptors = Mutex<[Acceptor]>([])

    /// A server that listens nowhere yet. `decide` takes every request if it is left out.
    public init(
        configuration: ServerConfiguration = ServerConfiguration(), observer: (any ServerObserver)? = nil,
        decide: @escaping HeadHook = { _, _ in .accept() }, handler: @escaping Handler
    ) throws(TransportError) {
        precondition(configuration.maximumConnections > 0 && configuration.loops > 0)
        group = try EventLoopGroup(count: configuration.loops)
        service = ConnectionService(
            configuration: configuration, observer: observer ?? NoObserver(), decide: decide, handler: handler)
    }

    deinit {
        stopAccepting()
        forEachConnection { $0.abort() }
    }

    /// Listens on one more endpoint and accepts its connections from now on. Returns the endpoint with the numeric
    /// address and the port that the system chose. Not to be called on an event loop.
    ///
    /// - Parameter tls: what connections are encrypted with; nil for plain HTTP.
    @discardableResult
    public func listen(on endpoint: Endpoint, tls: TLSTermination? = nil) throws(TransportError) -> Endpoint {
        try accept(
            from: try ListeningSocket.bound(to: endpoint, sharesPort: service.configuration.sharesPorts), tls: tls)
    }

    /// Listens on a socket that another program opened (`SocketActivation`), and takes ownership of it. Returns what it is
    /// bound to. Not to be called on an event loop.
    ///
    /// - Parameter tls: what TCP connections are encrypted with; those of a Unix socket are not.
    @discardableResult
    public func listen(
        onInherited descriptor: Int32, tls: TLSTermination? = nil
    ) throws(TransportError) -> Endpoint {
        let listener = try ListeningSocket.adopted(FileDescriptor(owning: descriptor))
        if case .unix = listener.endpoint { return try accept(from: listener, tls: nil) }
        return try accept(from: listener, tls: tls)
    }

    private func accept(
        from listener: consuming ListeningSocket, tls: TLSTermination?
    ) throws(TransportError) -> Endpoint {
        let acceptor = Acceptor(listener, tls: tls, group: group, service: service)
        try acceptor.start()
        acceptors.withLock { $0.append(acceptor) }
        return acceptor.endpoint
    }

    /// How many connections there are.
    public var connections: Int { service.connections }

    /// From now on answers end their connections (`Connection: close`); new connections are still accepted.
    public func announceDrain() { service.endsConnections.store(true, ordering: .relaxed) }

    /// Closes the listeners, after the connections that the kernel has already completed were accepted.
    public func stopAccepting() {
        let stopped = acceptors.withLock { acceptors in
            defer { acceptors = [] }
            return acceptors
        }
        for acceptor in stopped { acceptor.stop() }
    }

    /// Stops accepting, closes idle connections, lets the requests in flight be answered and closes the rest after
    /// `timeout`. Returns when there is no connection left: true if none had to be cut off.
    public func drain(timeout: Duration) async -> Bool {
        announceDrain()
        stopAccepting()
        forEachConnection { $0.drain() }
        let wasCut = Flag()
        let nanoseconds = Int(min(timeout, .seconds(86_400)).wholeNanoseconds)
        let cut = DispatchWorkItem { [weak self] in
            guard let self, connections > 0 else { return }
            wasCut.raise()
            forEachConnection { $0.abort() }
        }
        DispatchQueue.global().asyncAfter(deadline: .now() + .nanoseconds(nanoseconds), execute: cut)
        await withCheckedContinuation { continuation in service.whenEmpty { continuation.resume() } }
        cut.cancel()
        return !wasCut.isRaised
    }

    private final class Flag: Sendable {
        private let value = Atomic<Bool>(false)
        func raise() { value.store(true, ordering: .releasing) }
        var isRaised: Bool { value.load(ordering: .acquiring) }
    }

    private func forEachConnection(_ body: @escaping @Sendable (Connection) -> Void) {
        for loop in group.loops {
            loop.queue.async { for case let connection as Connection in loop.handlers { body(connection) } }
        }
    }
}
