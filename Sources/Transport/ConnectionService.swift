import HTTP
import Synchronization

/// What the connections of a server share.
final class ConnectionService: Sendable {
    private struct State {
        var seats: SeatTable
        var whenEmpty: [@Sendable () -> Void] = []
    }

    /// The times of a connection that came when there was no room: it has one probe to ask.
    private static let probeTimeout = Duration.seconds(2)

    let configuration: ServerConfiguration
    let observer: any ServerObserver
    let decide: HTTPServer.HeadHook
    let handler: HTTPServer.Handler
    /// Whether answers end their connections.
    let endsConnections = Atomic<Bool>(false)
    /// Bytes that the connections hold.
    private let heldBytes = Atomic<Int>(0)
    private let state: Mutex<State>
    private let probeConnection: ConnectionConfiguration

    init(
        configuration: ServerConfiguration, observer: any ServerObserver, decide: @escaping HTTPServer.HeadHook,
        handler: @escaping HTTPServer.Handler
    ) {
        var configuration = configuration
        let refusal = configuration.connection.refusal
        configuration.connection.refusal = { error, request in
            observer.requestRefused(error, request)
            return refusal(error, request)
        }
        self.configuration = configuration
        var probeConnection = configuration.connection
        probeConnection.headerTimeout = min(probeConnection.headerTimeout, Self.probeTimeout)
        probeConnection.bodyTimeout = min(probeConnection.bodyTimeout, Self.probeTimeout)
        probeConnection.writeTimeout = min(probeConnection.writeTimeout, Self.probeTimeout)
        probeConnection.lingerTimeout = min(probeConnection.lingerTimeout, Self.probeTimeout)
        self.probeConnection = probeConnection
        state = Mutex(
            State(
                seats: SeatTable(
                    regular: configuration.maximumConnections, perClient: configuration.maximumConnectionsPerClient,
                    probes: configuration.probeSeats)))
        self.observer = observer
        self.decide = decide
        self.handler = handler
    }

    /// The limits and times of a connection on a seat.
    func configuration(of seat: ConnectionSeat) -> ConnectionConfiguration {
        switch seat.kind {
        case .regular: configuration.connection
        case .probe: probeConnection
        }
    }

    /// Makes room for a connection, if need be by taking it from one that is vacant; nil if there is none.
    func open(_ address: SocketAddress, at now: Moment) -> ConnectionSeat? {
        let client = limitedClient(address)
        switch state.withLock({ $0.seats.take(for: client, at: now.nanoseconds) }) {
        case .success(let placement):
            placement.from?.tell()
            observer.connectionOpened()
            return placement.seat
        case .failure(let reason):
            observer.connectionRefused(reason, from: address.host)
            return nil
        }
    }

    private func limitedClient(_ address: SocketAddress) -> ClientNetwork? {
        guard configuration.maximumConnectionsPerClient != nil, let client = address.client else { return nil }
        if let host = address.host, configuration.speaksForMany(host) { return nil }
        return client
    }

    /// A connection holds `change` bytes more, or fewer; false where that is more than all may hold together.
    func hold(_ change: Int) -> Bool {
        heldBytes.wrappingAdd(change, ordering: .relaxed).newValue <= configuration.maximumHeldBytes
    }

    /// Whether connections may hold `count` bytes more.
    func hasRoom(for count: Int) -> Bool {
        heldBytes.load(ordering: .relaxed) <= configuration.maximumHeldBytes - count
    }

    /// A connection that had room has ended.
    func close(_ seat: ConnectionSeat) {
        let actions = state.withLock { state -> [@Sendable () -> Void] in
            state.seats.leave(seat)
            guard state.seats.count == 0 else { return [] }
            defer { state.whenEmpty = [] }
            return state.whenEmpty
        }
        observer.connectionClosed()
        for action in actions { action() }
    }

    /// How many connections there are.
    var connections: Int { state.withLock { $0.seats.count } }

    /// Calls `action` when there is no connection.
    func whenEmpty(_ action: @escaping @Sendable () -> Void) {
        let isEmpty = state.withLock { state in
            if state.seats.count > 0 { state.whenEmpty.append(action) }
            return state.seats.count == 0
        }
        if isEmpty { action() }
    }
}
