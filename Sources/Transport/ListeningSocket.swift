import Platform

/// A socket that listens, gone when it is let go of; with it the file of a Unix socket, if we made that.
struct ListeningSocket: ~Copyable {
    /// Connections that the kernel holds until they are accepted; capped by `net.core.somaxconn`.
    static let backlog: CInt = 1024

    /// The descriptor's number, valid while this value lives.
    var raw: CInt { descriptor.raw }
    /// Where it listens: the numeric address and the port the system chose.
    let endpoint: Endpoint
    private let descriptor: FileDescriptor
    private let ownsFile: Bool

    private init(_ descriptor: consuming FileDescriptor, endpoint: Endpoint, ownsFile: Bool = true) {
        self.descriptor = descriptor
        self.endpoint = endpoint
        self.ownsFile = ownsFile
    }

    /// Takes over a socket that another program opened and listens with.
    static func adopted(_ descriptor: consuming FileDescriptor) throws(TransportError) -> ListeningSocket {
        guard Socket.isListening(descriptor.raw) else { throw .notListening(descriptor: descriptor.raw) }
        try Socket.adopt(descriptor.raw)
        let address = try Socket.localAddress(descriptor.raw)
        let endpoint: Endpoint
        if let host = address.host, let port = address.port {
            endpoint = .tcp(host: host, port: port)
        } else {
            endpoint = .unix(path: address.path ?? "")
        }
        return ListeningSocket(descriptor, endpoint: endpoint, ownsFile: false)
    }

    /// Listens on `endpoint`; of a host with several addresses, on the first that can be bound.
    ///
    /// A Unix socket's file that nothing listens on, left by a process that was killed, is replaced.
    ///
    /// - Parameter sharesPort: whether other processes may listen on the same TCP port, if they say so too.
    static func bound(to endpoint: Endpoint, sharesPort: Bool = false) throws(TransportError) -> ListeningSocket {
        switch endpoint {
        case .tcp(let host, let port):
            var failure = TransportError.hostNotFound(host: host, reason: "no address")
            for address in try SocketAddress.resolve(host: host, port: port) {
                do throws(TransportError) {
                    let descriptor = try listen(on: address, endpoint: endpoint, sharesPort: sharesPort)
                    let bound = try Socket.localAddress(descriptor.raw)
                    return ListeningSocket(
                        descriptor, endpoint: .tcp(host: bound.host ?? host, port: bound.port ?? port))
                } catch {
                    failure = error
                }
            }
            throw failure
        case .unix(let path):
            let address = try SocketAddress(path: path)
            try removeStaleSocket(at: path, address)
            return ListeningSocket(
                try listen(on: address, endpoint: endpoint, sharesPort: false), endpoint: endpoint)
        }
    }

    deinit {
        if ownsFile, case .unix(let path) = endpoint { unlink(path) }
    }

    private static func listen(
        on address: SocketAddress, endpoint: Endpoint, sharesPort: Bool
    ) throws(TransportError) -> FileDescriptor {
        let descriptor = try Socket.make(family: address.family)
        if address.family != AF_UNIX { try Socket.reuseAddress(descriptor.raw) }
        if sharesPort { try Socket.sharePort(descriptor.raw) }
        if address.family == AF_INET6 { try Socket.acceptIPv4Too(descriptor.raw) }
        do throws(TransportError) {
            let raw = descriptor.raw
            try SystemCall.immediate("bind") { address.withPointer { bind(raw, $0, $1) } }
            try SystemCall.immediate("listen") { Self.systemListen(raw, Self.backlog) }
        } catch {
            switch error {
            case .system(_, EADDRINUSE): throw .addressInUse(endpoint)
            case .system(_, EADDRNOTAVAIL): throw .addressNotAvailable(endpoint)
            case .system(_, EACCES), .system(_, EPERM): throw .permissionDenied(endpoint)
            default: throw error
            }
        }
        return descriptor
    }

    private static func systemListen(_ descriptor: CInt, _ backlog: CInt) -> CInt {
        Platform.listen(descriptor, backlog)
    }

    private static func removeStaleSocket(at path: String, _ address: SocketAddress) throws(TransportError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(path: path) }
        let probe = try Socket.make(family: AF_UNIX)
        do throws(TransportError) {
            let raw = probe.raw
            // Connected, or the listener's backlog is full: something listens.
            _ = try SystemCall.attempt("connect") { address.withPointer { Int(connect(raw, $0, $1)) } }
        } catch {
            guard case .system(_, ECONNREFUSED) = error else { return }
            unlink(path)
        }
    }
}
