import CEpoll
import Platform

/// The socket calls of the transport. Every socket is non-blocking and closed on `exec`.
enum Socket {
    #if canImport(Musl)
        private static let stream = CInt(SOCK_STREAM)
        private static let datagram = CInt(SOCK_DGRAM)
        private static let nonBlocking = CInt(SOCK_NONBLOCK)
        private static let closeOnExec = CInt(SOCK_CLOEXEC)
        private static let noSignal = CInt(MSG_NOSIGNAL)
        private static let tcp = CInt(IPPROTO_TCP)
        private static let ipv6 = CInt(IPPROTO_IPV6)
        private static let writing = CInt(SHUT_WR)
    #else
        private static let stream = CInt(SOCK_STREAM.rawValue)
        private static let datagram = CInt(SOCK_DGRAM.rawValue)
        private static let nonBlocking = CInt(SOCK_NONBLOCK.rawValue)
        private static let closeOnExec = CInt(SOCK_CLOEXEC.rawValue)
        private static let noSignal = CInt(MSG_NOSIGNAL)
        private static let tcp = CInt(IPPROTO_TCP)
        private static let ipv6 = CInt(IPPROTO_IPV6)
        private static let writing = CInt(SHUT_WR)
    #endif

    /// A new stream socket of a family.
    static func make(family: CInt) throws(TransportError) -> FileDescriptor {
        FileDescriptor(
            owning: try SystemCall.immediate("socket") { socket(family, stream | nonBlocking | closeOnExec, 0) })
    }

    /// Sends one datagram to a Unix socket.
    static func sendDatagram(_ bytes: [UInt8], to address: SocketAddress) throws(TransportError) {
        let descriptor = FileDescriptor(
            owning: try SystemCall.immediate("socket") { socket(address.family, datagram | closeOnExec, 0) })
        _ = try SystemCall.attempt("sendto") {
            address.withPointer { sendto(descriptor.raw, bytes, bytes.count, noSignal, $0, $1) }
        }
    }

    /// A new stream socket that begins to connect; it can be written to once it has, or once it failed. The caller owns it.
    static func connecting(to address: SocketAddress) throws(TransportError) -> CInt {
        let number = try SystemCall.immediate("socket") {
            socket(address.family, stream | nonBlocking | closeOnExec, 0)
        }
        guard address.withPointer({ connect(number, $0, $1) }) != 0 else { return number }
        // Interrupted, it goes on as well (connect(2)).
        let code = errno
        guard code != EINPROGRESS, code != EINTR else { return number }
        close(number)
        throw .system(call: "connect", errno: code)
    }

    /// Why a connection that was begun failed; nil where it did not.
    static func pendingError(_ descriptor: CInt) -> CInt? {
        var code: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) == 0 else { return errno }
        return code == 0 ? nil : code
    }

    /// The next connection of a listener; nil if none waits.
    static func accept(_ listener: CInt) throws(TransportError) -> (raw: CInt, address: SocketAddress)? {
        var accepted: CInt = -1
        var address: SocketAddress?
        let outcome = try SystemCall.attempt("accept") {
            address = SocketAddress { pointer, length in
                accepted = epoll_accept4(listener, pointer, length, nonBlocking | closeOnExec)
                return accepted
            }
            return Int(accepted)
        }
        guard case .value = outcome, let address else { return nil }
        return (accepted, address)
    }

    /// Sends small writes at once: answers are written whole, so that waiting for more to join them only costs time.
    static func disableNagle(_ descriptor: CInt) throws(TransportError) {
        try setOption(descriptor, level: tcp, name: TCP_NODELAY, value: 1)
    }

    /// Lets the kernel take no more than `bytes` that it cannot send yet.
    static func limitUnsent(_ descriptor: CInt, to bytes: CInt) throws(TransportError) {
        try setOption(descriptor, level: tcp, name: TCP_NOTSENT_LOWAT, value: bytes)
    }

    /// Lets a restarted server listen while connections of its predecessor are still in TIME_WAIT.
    static func reuseAddress(_ descriptor: CInt) throws(TransportError) {
        try setOption(descriptor, level: SOL_SOCKET, name: SO_REUSEADDR, value: 1)
    }

    /// Lets several processes listen on one port, among which the kernel spreads connections.
    static func sharePort(_ descriptor: CInt) throws(TransportError) {
        try setOption(descriptor, level: SOL_SOCKET, name: SO_REUSEPORT, value: 1)
    }

    /// Whether a descriptor is a stream socket that listens.
    static func isListening(_ descriptor: CInt) -> Bool {
        func option(_ name: CInt) -> CInt? {
            var value: CInt = 0
            var length = socklen_t(MemoryLayout<CInt>.size)
            return getsockopt(descriptor, SOL_SOCKET, name, &value, &length) == 0 ? value : nil
        }
        return option(SO_TYPE) == stream && option(SO_ACCEPTCONN) == 1
    }

    /// Makes a socket that another program opened like our own: non-blocking and closed on `exec`.
    static func adopt(_ descriptor: CInt) throws(TransportError) {
        try SystemCall.immediate("fcntl") { fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        let flags = try SystemCall.immediate("fcntl") { fcntl(descriptor, F_GETFL) }
        try SystemCall.immediate("fcntl") { fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) }
    }

    /// Lets an IPv6 socket take IPv4 as well, whatever the system's default.
    static func acceptIPv4Too(_ descriptor: CInt) throws(TransportError) {
        try setOption(descriptor, level: ipv6, name: IPV6_V6ONLY, value: 0)
    }

    private static func setOption(
        _ descriptor: CInt, level: CInt, name: CInt, value: CInt
    ) throws(TransportError) {
        var value = value
        try SystemCall.immediate("setsockopt") {
            setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<CInt>.size))
        }
    }

    /// The address a socket is bound to.
    static func localAddress(_ descriptor: CInt) throws(TransportError) -> SocketAddress {
        var address: SocketAddress?
        try SystemCall.immediate("getsockname") {
            address = SocketAddress { getsockname(descriptor, $0, $1) }
            return address == nil ? -1 : 0
        }
        guard let address else { throw .system(call: "getsockname", errno: EINVAL) }
        return address
    }

    /// Reads what has arrived; 0 at the end of the input.
    static func receive(
        _ descriptor: CInt, into buffer: UnsafeMutableRawBufferPointer
    ) throws(TransportError) -> SystemOutcome {
        try SystemCall.attempt("recv") { recv(descriptor, buffer.baseAddress, buffer.count, 0) }
    }

    /// Writes the beginning of `first` then `second`, in one call and without a signal where the peer is gone.
    static func send(
        _ descriptor: CInt, _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer
    ) throws(TransportError) -> SystemOutcome {
        if second.isEmpty {
            return try SystemCall.attempt("send") {
                Self.systemSend(descriptor, first.baseAddress, first.count, noSignal)
            }
        }
        var parts = (
            iovec(iov_base: UnsafeMutableRawPointer(mutating: first.baseAddress), iov_len: first.count),
            iovec(iov_base: UnsafeMutableRawPointer(mutating: second.baseAddress), iov_len: second.count)
        )
        return try SystemCall.attempt("sendmsg") {
            withUnsafeMutablePointer(to: &parts) { parts in
                parts.withMemoryRebound(to: iovec.self, capacity: 2) { parts in
                    var message = msghdr()
                    message.msg_iov = parts
                    message.msg_iovlen = 2
                    return sendmsg(descriptor, &message, noSignal)
                }
            }
        }
    }

    /// Ends the sending side. A peer that is gone already makes it fail, which changes nothing.
    static func endOutput(_ descriptor: CInt) {
        _ = shutdown(descriptor, writing)
    }

    /// The C library's `send`, which this type's own hides.
    private static func systemSend(
        _ descriptor: CInt, _ bytes: UnsafeRawPointer?, _ count: Int, _ flags: CInt
    ) -> Int {
        Platform.send(descriptor, bytes, count, flags)
    }
}
