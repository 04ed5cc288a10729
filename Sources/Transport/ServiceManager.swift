import HTTP
import Platform

/// The supervisor that started this process, told of its state as systemd wants to be (sd_notify(3)): with `Type=notify`, a
/// service is up once it says so.
public struct ServiceManager: Sendable {
    /// The environment variable that names its socket.
    public static let variable = "NOTIFY_SOCKET"

    /// What it can be told.
    public enum State: Sendable {
        /// The service is up, or up again after it has read its files.
        case ready
        /// Files are read again.
        case reloading
        /// The end has begun.
        case stopping
    }

    /// A path, or a name of the abstract namespace behind `@`.
    private let socket: String

    /// The supervisor that an environment names; nil for none.
    public init?(environment: [String: String]) {
        guard let socket = environment[Self.variable], let first = socket.first, first == "/" || first == "@" else {
            return nil
        }
        self.socket = socket
    }

    /// Tells it a state.
    public func tell(_ state: State) throws(TransportError) {
        let address =
            socket.first == "@"
            ? try SocketAddress(abstract: String(socket.dropFirst())) : try SocketAddress(path: socket)
        let text: String
        switch state {
        case .ready: text = "READY=1"
        case .reloading: text = "RELOADING=1\nMONOTONIC_USEC=\(Moment.now().nanoseconds / 1000)"
        case .stopping: text = "STOPPING=1"
        }
        try Socket.sendDatagram(Array(text.utf8), to: address)
    }
}
