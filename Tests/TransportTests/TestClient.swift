import Transport

#if canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A blocking client on a socket, which sends what it is told to and reads answers by their `Content-Length`.
///
/// `@unchecked Sendable`: a test hands it to another thread only while it waits for that thread.
final class TestClient: @unchecked Sendable {
    /// An answer.
    struct Reply: Equatable {
        var status: Int
        /// Names in lower case.
        var headers: [String: String]
        var body: [UInt8]
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    struct Failure: Error {
        var call: String
        var errno: Int32
    }

    /// No answer of a test takes this long: a broken server fails the test instead of hanging it.
    private static let patience = timeval(tv_sec: 20, tv_usec: 0)

    private let descriptor: CInt
    private var received: [UInt8] = []
    /// TLS on the socket, if it speaks that.
    private(set) var tls: TLSClientStream?

    /// Connects to a numeric IPv4 address, `::1` or a Unix socket.
    init(_ endpoint: Endpoint, tls: ClientTLS? = nil, from source: String? = nil, receiveBuffer: CInt? = nil) throws {
        var storage = sockaddr_storage()
        let length: Int
        switch endpoint {
        case .tcp(let host, let port) where host.contains(":"):
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            guard inet_pton(AF_INET6, host, &address.sin6_addr) == 1 else { throw Failure(call: "inet_pton", errno: 0) }
            length = MemoryLayout<sockaddr_in6>.size
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: address, as: sockaddr_in6.self) }
        case .tcp(let host, let port):
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else { throw Failure(call: "inet_pton", errno: 0) }
            length = MemoryLayout<sockaddr_in>.size
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: address, as: sockaddr_in.self) }
        case .unix(let path):
            storage.ss_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &storage) {
                UnsafeMutableRawBufferPointer(rebasing: $0[2...]).copyBytes(from: path.utf8)
            }
            length = 2 + path.utf8.count + 1
        }
        #if canImport(Musl)
            descriptor = socket(CInt(storage.ss_family), CInt(SOCK_STREAM), 0)
        #else
            descriptor = socket(CInt(storage.ss_family), CInt(SOCK_STREAM.rawValue), 0)
        #endif
        guard descriptor >= 0 else { throw Failure(call: "socket", errno: errno) }
        if var receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<CInt>.size))
        }
        if let source {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            guard inet_pton(AF_INET, source, &address.sin_addr) == 1 else { throw Failure(call: "inet_pton", errno: 0) }
            let isBound = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            guard isBound else { throw Failure(call: "bind", errno: errno) }
        }
        var patience = Self.patience
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let connected = withUnsafePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(length))
            }
        }
        guard connected == 0 else {
            let number = errno
            close(descriptor)
            throw Failure(call: "connect", errno: number)
        }
        self.tls = try tls.map { try TLSClientStream($0, descriptor: descriptor) }
    }

    deinit { close(descriptor) }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write($0) }
            guard count > 0 else { throw Failure(call: "send", errno: errno) }
            rest = rest.dropFirst(count)
        }
    }

    private func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        if let tls { return tls.write(bytes) }
        #if canImport(Musl)
            return Musl.send(descriptor, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL))
        #else
            return Glibc.send(descriptor, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL))
        #endif
    }

    /// Sends bytes that are no TLS on a connection that speaks it.
    func sendBelowTLS(_ bytes: [UInt8]) throws {
        let stream = tls
        tls = nil
        defer { tls = stream }
        try send(bytes)
    }

    /// Ends the sending side.
    func endOutput() {
        tls?.endOutput()
        cutOutput()
    }

    /// Ends the sending side of the socket, whatever TLS may still have to say.
    func cutOutput() { shutdown(descriptor, CInt(SHUT_WR)) }

    /// Makes the coming close a reset.
    func resetOnClose() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    /// Waits for more input; false at its end.
    private func receive() throws -> Bool {
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        let count =
            try tls.map { tls in
                try chunk.withUnsafeMutableBytes { try tls.read($0) }
            } ?? recv(descriptor, &chunk, chunk.count, 0)
        guard count >= 0 else { throw Failure(call: "recv", errno: errno) }
        received += chunk[..<count]
        return count > 0
    }

    /// Waits for the end of the server's side.
    func receiveAll() throws { while try receive() {} }

    /// Whether the server has ended its side, with nothing sent before that.
    func isAtEnd() throws -> Bool { try received.isEmpty && !receive() }

    /// The next answer, with no content if it answers `HEAD` or is interim.
    func reply(toHEAD: Bool = false) throws -> Reply {
        var end = Self.headEnd(received)
        while end == nil {
            guard try receive() else { throw Failure(call: "reply", errno: 0) }
            end = Self.headEnd(received)
        }
        let lines = String(decoding: received[..<(end ?? 0)], as: UTF8.self).split(
            separator: "\r\n", omittingEmptySubsequences: true)
        received.removeFirst((end ?? 0) + 4)
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
        }
        let status = Int(lines[0].split(separator: " ")[1]) ?? 0
        let length = toHEAD || status < 200 ? 0 : Int(headers["content-length"] ?? "") ?? 0
        while received.count < length {
            guard try receive() else { throw Failure(call: "content", errno: 0) }
        }
        let body = Array(received.prefix(length))
        received.removeFirst(length)
        return Reply(status: status, headers: headers, body: body)
    }

    private static func headEnd(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        return (0...(bytes.count - 4)).first { bytes[$0..<($0 + 4)].elementsEqual([13, 10, 13, 10]) }
    }
}
