import HTTP
import Platform

/// Accepts the connections of a listening socket and spreads them over the loops.
///
/// States: *accepting* → *resting* (the process has no descriptor or memory for another; until `resumption`) →
/// *accepting*; and *closed* for good.
///
/// `@unchecked Sendable`: all mutable state is confined to the loop's queue.
final class Acceptor: EventHandler, @unchecked Sendable {
    /// Connections accepted before the loop's other descriptors get their turn.
    private static let acceptsPerWake = 64

    /// Bytes of answers that the kernel takes of a connection beyond what is under way: a client that does not read would
    /// have it keep megabytes for each of its connections.
    private static let unsentBytes: CInt = 32 << 10

    /// Where it listens.
    let endpoint: Endpoint
    private let group: EventLoopGroup
    private let loop: EventLoop
    private let service: ConnectionService
    private let tls: TLSTermination?
    private var listener: ListeningSocket?
    private var registration: EventLoop.Registration?
    private var resumption = UInt64.max

    /// Takes over a listening socket, whose connections speak TLS if there is a termination for it.
    init(
        _ listener: consuming ListeningSocket, tls: TLSTermination?, group: EventLoopGroup, service: ConnectionService
    ) {
        endpoint = listener.endpoint
        self.listener = consume listener
        self.group = group
        loop = group.next()
        self.service = service
        self.tls = tls
    }

    /// Begins to accept; returns when it does. Not to be called on an event loop.
    func start() throws(TransportError) {
        let result = loop.queue.sync { () -> Result<Void, TransportError> in
            Result { () throws(TransportError) in
                guard let raw = listener?.raw else { return }
                registration = try loop.add(self, descriptor: raw, interest: .input)
            }
        }
        try result.get()
    }

    /// Accepts what the kernel has already completed, then closes the socket; returns when that is done.
    func stop() {
        if loop.isCurrent { close() } else { loop.queue.sync { close() } }
    }

    private func close() {
        guard let raw = listener?.raw else { return }
        accept(atMost: Int(ListeningSocket.backlog))
        if let registration { loop.remove(registration, descriptor: raw) }
        registration = nil
        resumption = .max
        listener = nil
    }

    // MARK: Events

    func ready(_ events: Readiness, at now: Moment) { accept(atMost: Self.acceptsPerWake) }

    var deadline: UInt64 { resumption }

    func timePassed(at now: Moment) {
        resumption = .max
        watch(for: .input)
    }

    private func accept(atMost limit: Int) {
        var left = limit
        while left > 0, let raw = listener?.raw {
            left -= 1
            do throws(TransportError) {
                guard let (accepted, address) = try Socket.accept(raw) else { return }
                admit(FileDescriptor(owning: accepted), address)
            } catch {
                service.observer.acceptFailed(error)
                guard case .system(_, let number) = error else { return }
                switch number {
                case ECONNABORTED, EPROTO, EPERM, ENETDOWN, ENOPROTOOPT, EHOSTDOWN, ENONET, EHOSTUNREACH, EOPNOTSUPP,
                    ENETUNREACH:
                    // The fault of that one connection (accept(2)).
                    continue
                default:
                    // EMFILE, ENFILE, ENOBUFS, ENOMEM: the connection stays ready, and asking again at once would spin.
                    return rest()
                }
            }
        }
    }

    private func rest() {
        resumption = Moment.now().nanoseconds &+ service.configuration.acceptPause.wholeNanoseconds
        watch(for: [])
        loop.deadlineMoved(to: resumption)
    }

    private func watch(for interest: Readiness) {
        guard let registration, let raw = listener?.raw else { return }
        do throws(TransportError) {
            try loop.update(registration, descriptor: raw, interest: interest)
        } catch {
            service.observer.acceptFailed(error)
        }
    }

    private func admit(_ descriptor: consuming FileDescriptor, _ address: SocketAddress) {
        // Without a word: hundreds came within the moments that the last ones needed to be told.
        guard let seat = service.open(address, at: .now()) else { return }
        if address.family != AF_UNIX {
            // Without them answers are as right, only later, and take more of the kernel's memory.
            try? Socket.disableNagle(descriptor.raw)
            try? Socket.limitUnsent(descriptor.raw, to: Self.unsentBytes)
        }
        let target = group.next()
        guard let stream = stream(over: descriptor) else {
            service.observer.acceptFailed(.system(call: "SSL_new", errno: ENOMEM))
            return service.close(seat)
        }
        let connection = Connection(
            stream, seat: seat, remoteAddress: address.host, loop: target, service: service)
        if target.isCurrent { connection.start() } else { target.submit(isUrgent: true) { connection.start() } }
    }

    private func stream(over descriptor: consuming FileDescriptor) -> (any ByteStream)? {
        guard let tls else { return PlainStream(descriptor) }
        return tls.stream(over: descriptor)
    }
}
