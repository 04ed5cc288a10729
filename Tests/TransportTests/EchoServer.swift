import Dispatch
import HTTP
import Synchronization
import Transport

/// A server on loopback whose answers say what was asked; requests below `/hold` wait until the test answers them.
final class EchoServer: Sendable {
    private let service: HTTPServer
    private let held: Held
    let watcher: Watcher
    let endpoint: Endpoint
    private let wire: Wire

    /// Requests that the test answers.
    private final class Held: Sendable {
        let requests = Mutex<[(path: String, responder: Responder)]>([])
        let arrivals = DispatchSemaphore(value: 0)
    }

    /// Counts what the server tells its observer.
    final class Watcher: ServerObserver {
        let opened = Atomic<Int>(0)
        let refused = Mutex<[RequestError]>([])
        let handshakes = Mutex<[TransportError]>([])
        let turnedAway = Atomic<Int>(0)
        let refusals = Mutex<[(reason: RefusalReason, address: String?)]>([])
        let outlines = Mutex<[RequestOutline]>([])
        let aborted = Mutex<[(request: RequestOutline, cause: AbortCause)]>([])
        let handshakeAddresses = Mutex<[String?]>([])
        private let closings = DispatchSemaphore(value: 0)

        func connectionOpened() { opened.add(1, ordering: .relaxed) }
        func connectionClosed() { closings.signal() }
        func connectionRefused(_ reason: RefusalReason, from address: String?) {
            turnedAway.add(1, ordering: .relaxed)
            refusals.withLock { $0.append((reason, address)) }
        }

        func requestRefused(_ error: RequestError, _ request: RequestOutline) {
            refused.withLock { $0.append(error) }
            outlines.withLock { $0.append(request) }
        }

        func requestAborted(_ request: RequestOutline, _ cause: AbortCause) {
            aborted.withLock { $0.append((request, cause)) }
        }

        func handshakeFailed(_ error: TransportError, from address: String?) {
            handshakes.withLock { $0.append(error) }
            handshakeAddresses.withLock { $0.append(address) }
        }

        /// Waits until a connection has ended; false if that takes too long.
        func awaitClosing() -> Bool { closings.wait(timeout: .now() + 20) == .success }
    }

    init(
        on endpoint: Endpoint = .tcp(host: "127.0.0.1", port: 0), over wire: Wire = .plain,
        tls termination: TLSTermination? = nil,
        configure: (inout ServerConfiguration) -> Void = { _ in }
    ) throws {
        var configuration = ServerConfiguration()
        configuration.loops = 2
        configure(&configuration)
        let held = Held()
        self.held = held
        watcher = Watcher()
        service = try HTTPServer(configuration: configuration, observer: watcher) { head, _ in
            head.path == "/refuse" ? .answer(Response(status: .unauthorized, text: "no")) : .accept()
        } handler: { request, _, responder in
            switch request.path {
            case "/drop":
                // Lets go of the responder.
                break
            case let path where path.hasPrefix("/hold"):
                held.requests.withLock { $0.append((path, responder)) }
                held.arrivals.signal()
            case "/large":
                responder.respond(Response(contentType: "text/plain", body: Self.largeBody))
            case "/address":
                responder.respond(Response(text: request.remoteAddress ?? "none"))
            default:
                responder.respond(
                    Response(
                        contentType: "text/plain",
                        body: Array("\(request.method) \(request.path) ".utf8) + request.body))
            }
        }
        self.wire = wire
        self.endpoint = try service.listen(on: endpoint, tls: termination ?? wire.termination)
    }

    /// 8 MiB that differ from place to place.
    static let largeBody: [UInt8] = (0..<(8 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) }

    /// A client connected to the server.
    func client(receiveBuffer: CInt? = nil) throws -> TestClient {
        try TestClient(endpoint, tls: wire.client, receiveBuffer: receiveBuffer)
    }

    /// Waits for a request below `/hold`.
    func nextHeld() -> (path: String, responder: Responder) {
        held.arrivals.wait()
        return held.requests.withLock { $0.removeFirst() }
    }

    var server: HTTPServer { service }
}
