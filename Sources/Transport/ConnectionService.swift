import HTTP
import Synchronization

/// What the connections of a server share.
final class ConnectionService: Sendable {
    private struct State {
        var connections = 0
        /// Only those that have connections.
        var connectionsOf: [ClientNetwork: Int] = [:]
        var whenEmpty: [@Sendable () -> Void] = []
    }

    let configuration: ServerConfiguration
    let observer: any ServerObserver
    let decide: HTTPServer.HeadHook
    let handler: HTTPServer.Handler
    /// Whether answers end their connections.
    let endsConnections = Atomic<Bool>(false)
    /// Bytes that the connections hold.
    private let heldBytes = Atomic<Int>(0)
    private let state = Mutex(State())

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
        self.observer = observer
        self.decide = decide
        self.handler = handler
    }

    /// The answer to a connection that there is no room for, with the date of now.
    var overloadAnswer: [UInt8] {
        let answer = configuration.overloadAnswer()
        var encoder = ResponseEncoder(serverName: configuration.connection.serverName)
        return encoder.head(of: answer, to: .http11, closes: true, unixSeconds: Moment.now().unixSeconds) + answer.body
    }

    /// Makes room for a connection; nil if there are as many as there may be.
    func open(_ address: SocketAddress) -> ConnectionSeat? {
        let client = limitedClient(address)
        let refusal = state.withLock { state -> RefusalReason? in
            if state.connections >= configuration.maximumConnections { return .limit }
            if let client, let limit = configuration.maximumConnectionsPerClient {
                let count = state.connectionsOf[client, default: 0]
                if count >= limit { return .clientLimit }
                state.connectionsOf[client] = count + 1
            }
            state.connections += 1
            return nil
        }
        if let refusal {
            observer.connectionRefused(refusal, from: address.host)
            return nil
        }
        observer.connectionOpened()
        return ConnectionSeat(client: client)
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
            state.connections -= 1
            if let client = seat.client, let count = state.connectionsOf[client] {
                state.connectionsOf[client] = count > 1 ? count - 1 : nil
            }
            guard state.connections == 0 else { return [] }
            defer { state.whenEmpty = [] }
            return state.whenEmpty
        }
        observer.connectionClosed()
        for action in actions { action() }
    }

    /// How many connections there are.
    var connections: Int { state.withLock { $0.connections } }

    /// Calls `action` when there is no connection.
    func whenEmpty(_ action: @escaping @Sendable () -> Void) {
        let isEmpty = state.withLock { state in
            if state.connections > 0 { state.whenEmpty.append(action) }
            return state.connections == 0
        }
        if isEmpty { action() }
    }
}

/// The room of one connection, to be given back when it ends.
struct ConnectionSeat {
    /// For whom it is counted, if anybody.
    fileprivate let client: ClientNetwork?
}
