import Dispatch
import HTTP
import Synchronization
import TestSupport
import Transport

/// A server that says what it was asked (`EchoRoute`), on the same HTTP and transport layers as the detector, so that framing
/// is tested apart from inference.
package final class EchoServer: Sendable {
    package let server: HTTPServer
    package let watcher: EchoWatcher
    package let endpoint: Endpoint
    private let held: Held
    private let clientTLS: ClientTLS?

    /// Requests that the owner answers.
    private final class Held: Sendable {
        let requests = Mutex<[(path: String, responder: Responder)]>([])
        let arrivals = DispatchSemaphore(value: 0)
    }

    /// What the router found, on its way to the handler.
    private final class Found: Acceptance {
        let match: RouteMatch<EchoRoute>

        init(_ match: RouteMatch<EchoRoute>) { self.match = match }
    }

    /// Listens, on loopback unless told otherwise, with two event loops.
    ///
    /// - Parameter clientTLS: How the clients of `client` speak.
    package init(
        on endpoint: Endpoint = .tcp(host: "127.0.0.1", port: 0), tls: TLSTermination? = nil,
        clientTLS: ClientTLS? = nil, configure: (inout ServerConfiguration) -> Void = { _ in }
    ) throws {
        var configuration = ServerConfiguration()
        configuration.loops = 2
        configure(&configuration)
        let held = Held()
        self.held = held
        self.clientTLS = clientTLS
        watcher = EchoWatcher()
        server = try HTTPServer(configuration: configuration, observer: watcher) { head, _ in
            Self.decide(head)
        } handler: { request, acceptance, responder in
            guard let match = (acceptance as? Found)?.match else { preconditionFailure("a request was not routed") }
            guard case .route(let route, _) = match else {
                if let response = match.response { responder.respond(response) }
                return
            }
            switch route {
            case .hold:
                held.requests.withLock { $0.append((request.path, responder)) }
                held.arrivals.signal()
            case .later:
                DispatchQueue.global().async { Self.answer(request, route, responder) }
            default: Self.answer(request, route, responder)
            }
        }
        self.endpoint = try server.listen(on: endpoint, tls: tls)
    }

    private static func answer(_ request: Request, _ route: EchoRoute, _ responder: Responder) {
        if let response = route.answer(to: request) { responder.respond(response) }
    }

    /// What is decided on a request by its head.
    package static func decide(_ head: RequestHead) -> HeadDecision {
        let match = EchoRoute.router.match(head)
        guard case .route(.closed, _) = match else { return .accept(as: Found(match)) }
        return .answer(Response(status: .unauthorized, text: "no\n"))
    }

    /// What `/large` answers: 8 MiB that differ from place to place.
    package static let largeBody: [UInt8] = (0..<(8 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) }

    /// A client connected to the server.
    package func client(receiveBuffer: CInt? = nil) throws -> RawClient {
        try RawClient(endpoint, tls: clientTLS, receiveBuffer: receiveBuffer)
    }

    /// Waits for a request below `/hold`.
    package func nextHeld() -> (path: String, responder: Responder) {
        held.arrivals.wait()
        return held.requests.withLock { $0.removeFirst() }
    }
}
