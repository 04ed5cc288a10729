import Foundation

/// A blocking client that sends octets as they are and hands on those that come back.
///
/// `@unchecked Sendable`: one thread at a time uses a client.
final class RawClient: @unchecked Sendable {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// What one more read came to.
    enum Input {
        case bytes
        case end
        case reset
        /// Nothing came for as long as the client waits.
        case silence
    }

    private let descriptor: CInt
    /// What has arrived and was not taken.
    var received: [UInt8] = []

    /// Connects to a numeric IPv4 address. No read or write waits for more than `patience` seconds.
    init(host: String, port: UInt16, patience: Int) throws {
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(description: "socket: errno \(errno)") }
        var time = timeval(tv_sec: patience, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        var one: CInt = 1
        setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<CInt>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        inet_pton(AF_INET, host, &address.sin_addr)
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else {
            let number = errno
            close(descriptor)
            throw Failure(description: "connect to \(host):\(port): errno \(number)")
        }
    }

    deinit { close(descriptor) }

    /// Sends as much as the server takes: one that has closed is not the client's fault.
    func send(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let part = UnsafeRawBufferPointer(rebasing: rest)
                let count = Foundation.send(descriptor, part.baseAddress, part.count, CInt(MSG_NOSIGNAL))
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }
    }

    func endOutput() { shutdown(descriptor, CInt(SHUT_WR)) }

    /// Makes the coming close a reset.
    func resetOnClose() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    /// Waits for more.
    func receive() -> Input {
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        if count < 0 { return errno == EAGAIN || errno == EWOULDBLOCK ? .silence : .reset }
        received += chunk[..<count]
        return count == 0 ? .end : .bytes
    }
}
