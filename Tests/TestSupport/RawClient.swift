import Platform
import Transport

/// A blocking client of a server under test: it sends octets as they are, in the clear or over TLS, and reads what comes.
///
/// `@unchecked Sendable`: one thread at a time uses a client.
package final class RawClient: @unchecked Sendable {
    /// Why there is no connection or no answer.
    package enum Failure: Error, Equatable {
        /// A call of the system failed.
        case call(String, errno: CInt)
        /// The server ended its side, behind these bytes that are no whole head.
        case end(rest: [UInt8])
        /// It reset the connection.
        case reset
        /// Nothing came for as long as the client waits.
        case silence
        /// An answer is malformed, for these reasons.
        case malformed([String])
    }

    #if canImport(Musl)
        package static let stream = CInt(SOCK_STREAM)
        private static let closeOnExec = CInt(SOCK_CLOEXEC)
    #else
        package static let stream = CInt(SOCK_STREAM.rawValue)
        private static let closeOnExec = CInt(SOCK_CLOEXEC.rawValue)
    #endif

    private let descriptor: CInt
    private let patience: Int
    /// What has arrived and was not taken.
    package internal(set) var received: [UInt8] = []
    /// TLS on the socket, if it speaks that.
    package private(set) var tls: TLSClientStream?

    /// Connects to a numeric address or a Unix socket.
    ///
    /// - Parameters:
    ///   - source: The address that it comes from, another one of this machine such as 127.0.0.2.
    ///   - patience: Seconds that a read or a write waits at the most.
    ///   - receiveBuffer: Bytes that the kernel takes before they are read; nil for as many as it likes.
    package init(
        _ endpoint: Endpoint, tls: ClientTLS? = nil, from source: String? = nil, patience: Int = Patience.seconds,
        receiveBuffer: CInt? = nil
    ) throws {
        let address = try SocketAddress(endpoint)
        self.patience = patience
        descriptor = socket(address.family, Self.stream | Self.closeOnExec, 0)
        guard descriptor >= 0 else { throw Failure.call("socket", errno: errno) }
        if let receiveBuffer { set(SOL_SOCKET, SO_RCVBUF, receiveBuffer) }
        let time = timeval(tv_sec: patience, tv_usec: 0)
        set(SOL_SOCKET, SO_RCVTIMEO, time)
        set(SOL_SOCKET, SO_SNDTIMEO, time)
        set(CInt(IPPROTO_TCP), TCP_NODELAY, CInt(1))
        if let source { try SocketAddress(.tcp(host: source, port: 0)).call("bind", bind, descriptor) }
        try address.call("connect", connect, descriptor)
        self.tls = try tls.map { try TLSClientStream($0, descriptor: descriptor) }
    }

    /// Connects to a port of 127.0.0.1.
    package convenience init(
        port: UInt16, from source: String? = nil, patience: Int = Patience.seconds, receiveBuffer: CInt? = nil
    ) throws {
        try self.init(
            .tcp(host: "127.0.0.1", port: port), from: source, patience: patience, receiveBuffer: receiveBuffer)
    }

    deinit { close(descriptor) }

    private func set<Value: BitwiseCopyable>(_ level: CInt, _ option: CInt, _ value: Value) {
        _ = withUnsafePointer(to: value) {
            setsockopt(descriptor, level, option, $0, socklen_t(MemoryLayout<Value>.size))
        }
    }

    // MARK: Sending

    package func send(_ text: String) throws { try send(Array(text.utf8)) }

    /// Sends all of it. A server that has answered may be gone before that: where this is allowed, the error is none.
    package func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = write(rest)
            guard count > 0 else { throw Failure.call("send", errno: errno) }
            rest = rest.dropFirst(count)
        }
    }

    private func write(_ bytes: ArraySlice<UInt8>, flags: CInt = 0) -> Int {
        bytes.withUnsafeBytes { bytes in
            if let tls { return tls.write(bytes) }
            return Platform.send(descriptor, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL) | flags)
        }
    }

    /// Sends a request with its content and its length, unless the headers frame it otherwise.
    package func request(
        _ method: String = "POST", _ target: String = "/detect", headers: [String] = [], body: [UInt8] = []
    ) throws {
        var head = "\(method) \(target) HTTP/1.1\r\nHost: localhost\r\n"
        for header in headers { head += header + "\r\n" }
        if !body.isEmpty { head += "Content-Length: \(body.count)\r\n" }
        try send(Array((head + "\r\n").utf8) + body)
    }

    /// Sends a request while its answer is awaited, for a server may refuse it before it has read all. Not over TLS.
    ///
    /// - Returns: the answer, and whether another request may follow.
    package func exchange(_ request: [UInt8]) throws -> (reply: Reply, isKept: Bool) {
        received.removeAll()
        var rest = request[...]
        while !rest.isEmpty {
            var wait = pollfd(fd: descriptor, events: Int16(POLLIN | POLLOUT), revents: 0)
            guard poll(&wait, 1, CInt(patience * 1000)) > 0 else { throw Failure.silence }
            // It answers, or has gone: it needs no more.
            if wait.revents & ~Int16(POLLOUT) != 0 { break }
            let count = write(rest.prefix(1 << 20), flags: CInt(MSG_DONTWAIT))
            // After a reset there may still be an answer to read.
            if count < 0, errno != EAGAIN { break }
            rest = rest.dropFirst(max(0, count))
        }
        let reply = try reply()
        return (reply, rest.isEmpty && reply.headers["connection"] != "close")
    }

    /// Sends bytes that are no TLS on a connection that speaks it.
    package func sendBelowTLS(_ bytes: [UInt8]) throws {
        let stream = tls
        tls = nil
        defer { tls = stream }
        try send(bytes)
    }

    /// Ends the sending side.
    package func endOutput() {
        tls?.endOutput()
        cutOutput()
    }

    /// Ends the sending side of the socket, whatever TLS may still have to say.
    package func cutOutput() { shutdown(descriptor, CInt(SHUT_WR)) }

    /// Makes the coming close a reset.
    package func resetOnClose() { set(SOL_SOCKET, SO_LINGER, linger(l_onoff: 1, l_linger: 0)) }

    // MARK: Receiving

    /// Waits for more input; false at its end.
    package func receive() throws -> Bool {
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        let count: Int
        if let tls {
            count = try chunk.withUnsafeMutableBytes { try tls.read($0) }
        } else {
            count = recv(descriptor, &chunk, chunk.count, 0)
        }
        guard count >= 0 else { throw errno == EAGAIN ? Failure.silence : .reset }
        received += chunk[..<count]
        return count > 0
    }

    /// Waits for the end of the server's side.
    package func receiveAll() throws { while try receive() {} }

    /// Whether the server has ended its side, with nothing sent before that.
    package func isAtEnd() throws -> Bool { try received.isEmpty && !receive() }

    /// The next answer, with no content if it answers `HEAD` or cannot have any. One that is malformed is an error.
    package func reply(toHEAD: Bool = false) throws -> Reply {
        let reply = try Reply(from: self, toHEAD: toHEAD)
        guard reply.faults.isEmpty else { throw Failure.malformed(reply.faults) }
        return reply
    }
}
