import Platform
import Transport

/// A numeric address as calls of the system take it.
struct SocketAddress {
    private var storage = sockaddr_storage()
    private let length: socklen_t

    /// The address of a numeric IPv4 or IPv6 host, or of a Unix socket.
    init(_ endpoint: Endpoint) throws(RawClient.Failure) {
        switch endpoint {
        case .tcp(let host, let port):
            var hints = addrinfo()
            hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
            var list: UnsafeMutablePointer<addrinfo>?
            let status = getaddrinfo(host, String(port), &hints, &list)
            guard status == 0, let found = list?.pointee else { throw .call("getaddrinfo", errno: status) }
            defer { freeaddrinfo(list) }
            length = found.ai_addrlen
            let address = UnsafeRawBufferPointer(start: found.ai_addr, count: Int(length))
            withUnsafeMutableBytes(of: &storage) { $0.copyMemory(from: address) }
        case .unix(let path):
            storage.ss_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &storage) {
                UnsafeMutableRawBufferPointer(rebasing: $0[2...]).copyBytes(from: path.utf8)
            }
            length = socklen_t(2 + path.utf8.count + 1)
        }
    }

    var family: CInt { CInt(storage.ss_family) }

    /// Calls `bind` or `connect` with it.
    func call(
        _ name: String, _ function: (CInt, UnsafePointer<sockaddr>, socklen_t) -> CInt, _ descriptor: CInt
    ) throws(RawClient.Failure) {
        let status = withUnsafePointer(to: storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { function(descriptor, $0, length) }
        }
        guard status == 0 else { throw .call(name, errno: errno) }
    }
}
