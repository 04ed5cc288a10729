import Foundation

/// A connection on which a request is written while its answer is awaited: a server may refuse it before it has read all.
final class DuplexConnection {
    /// What a server answered.
    struct Answer {
        let status: Int
        let text: String
        /// Whether another request may follow.
        let isKept: Bool
        /// From the first byte of the request to the last of the answer.
        let time: Duration
    }

    private let descriptor: CInt
    private var received: [UInt8] = []

    init(port: UInt16) throws {
        descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw Unexpected("connect: \(String(cString: strerror(errno)))") }
        var one: CInt = 1
        setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<CInt>.size))
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    deinit { close(descriptor) }

    /// Sends a request until it is all sent or answered; nil where the server closes without an answer or gives none for as
    /// long as tests wait.
    func ask(_ request: [UInt8]) -> Answer? {
        let start = ContinuousClock.now
        received.removeAll(keepingCapacity: true)
        var sent = 0
        var isSending = true
        while true {
            var poll = pollfd(
                fd: descriptor, events: Int16(POLLIN) | (isSending && sent < request.count ? Int16(POLLOUT) : 0),
                revents: 0)
            guard Foundation.poll(&poll, 1, CInt(Patience.seconds * 1000)) > 0 else { return nil }
            if poll.revents & Int16(POLLOUT) != 0 {
                let count = request.withUnsafeBytes { bytes in
                    Foundation.send(
                        descriptor, bytes.baseAddress.map { $0 + sent }, min(bytes.count - sent, 1 << 20),
                        CInt(MSG_NOSIGNAL))
                }
                // After a reset there may still be an answer to read.
                if count > 0 { sent += count } else if errno != EAGAIN { isSending = false }
            }
            guard poll.revents & Int16(POLLIN | POLLHUP | POLLERR) != 0 else { continue }
            let isOpen = receive()
            if let (status, text, closes) = answer() {
                return Answer(
                    status: status, text: text, isKept: isOpen && !closes && sent == request.count,
                    time: start.duration(to: .now))
            }
            if !isOpen { return nil }
        }
    }

    /// Reads what is there; false at the end.
    private func receive() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        if count > 0 { received += chunk[..<count] }
        return count > 0 || count < 0 && errno == EAGAIN
    }

    /// The answer, once all of it is there.
    private func answer() -> (status: Int, text: String, closes: Bool)? {
        let head = received.prefix(16 << 10)
        guard let end = Data(head).range(of: Data("\r\n\r\n".utf8))?.upperBound else { return nil }
        let lines = String(decoding: head[..<end], as: UTF8.self).lowercased().components(separatedBy: "\r\n")
        guard let status = lines[0].split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else { return nil }
        let length = lines.first { $0.hasPrefix("content-length:") }
            .flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) }
        guard received.count >= end + (length ?? 0) else { return nil }
        let body = received[end...].prefix(1000)
        return (status, String(decoding: body, as: UTF8.self), lines.contains("connection: close"))
    }
}
