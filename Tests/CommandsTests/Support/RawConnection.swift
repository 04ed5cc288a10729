import Foundation

/// A blocking connection on which requests are written byte by byte as a test wants them.
final class RawConnection {
    private let descriptor: CInt
    private var received: [UInt8] = []

    /// Connects to a port of this machine, from another one of its addresses if one is given, such as 127.0.0.2.
    ///
    /// - Parameter receiveBuffer: the bytes that the kernel takes for us before we read; nil for as many as it likes.
    init(
        port: UInt16, from source: String? = nil, patience seconds: Int = Patience.seconds, receiveBuffer: CInt? = nil
    ) throws {
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        if var receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<CInt>.size))
        }
        var patience = timeval(tv_sec: seconds, tv_usec: 0)
        let length = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, length)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, length)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        if let source {
            var own = sockaddr_in()
            own.sin_family = sa_family_t(AF_INET)
            inet_pton(AF_INET, source, &own.sin_addr)
            guard Self.call(bind, descriptor, own) == 0 else { throw Self.failure("bind") }
        }
        guard Self.call(connect, descriptor, address) == 0 else { throw Self.failure("connect") }
    }

    deinit { close(descriptor) }

    private static func call(
        _ function: (CInt, UnsafePointer<sockaddr>, socklen_t) -> CInt, _ descriptor: CInt, _ address: sockaddr_in
    ) -> CInt {
        withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                function(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    private static func failure(_ call: String) -> Unexpected {
        Unexpected("\(call): \(String(cString: strerror(errno)))")
    }

    func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Self.failure("send") }
            rest = rest.dropFirst(count)
        }
    }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    /// Sends a request with its content and its length, unless the headers frame it otherwise.
    func request(
        _ method: String = "POST", _ target: String = "/detect", headers: [String] = [], body: [UInt8] = []
    ) throws {
        var head = "\(method) \(target) HTTP/1.1\r\nHost: localhost\r\n"
        for header in headers { head += header + "\r\n" }
        if !body.isEmpty { head += "Content-Length: \(body.count)\r\n" }
        try send(Array((head + "\r\n").utf8) + body)
    }

    /// Ends this side.
    func endOutput() { shutdown(descriptor, CInt(SHUT_WR)) }

    /// Makes the coming close a reset.
    func resetOnClose() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    /// Waits for more input; false at its end.
    private func receive() throws -> Bool {
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        guard count >= 0 else { throw Self.failure("recv") }
        received += chunk[..<count]
        return count > 0
    }

    /// Whether the server has closed its side, with nothing sent before that.
    func isAtEnd() throws -> Bool { try received.isEmpty && !receive() }

    /// The next response, with no content if it answers `HEAD` or cannot have any.
    func reply(toHEAD: Bool = false) throws -> Reply {
        var end = Self.headEnd(received)
        while end == nil {
            guard try receive() else { throw Unexpected("the connection ends before a response") }
            end = Self.headEnd(received)
        }
        let lines = String(decoding: received[..<(end ?? 0)], as: UTF8.self).components(separatedBy: "\r\n")
        received.removeFirst((end ?? 0) + 4)
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw Unexpected("a header without a colon: \(line)") }
            headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        let start = lines[0].split(separator: " ")
        guard start.count >= 2, start[0] == "HTTP/1.1", let status = Int(start[1]) else {
            throw Unexpected("a response begins with \(lines[0])")
        }
        var length = 0
        if !toHEAD, status >= 200, status != 204, status != 304 {
            guard let text = headers["content-length"], let number = Int(text) else {
                throw Unexpected("a response without Content-Length: \(headers)")
            }
            length = number
        }
        while received.count < length {
            guard try receive() else { throw Unexpected("the connection ends within a response") }
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
