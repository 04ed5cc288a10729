import Platform

/// A socket address of any family the transport speaks.
struct SocketAddress {
    private var storage = sockaddr_storage()
    private(set) var length = socklen_t(0)

    /// The most bytes of a Unix socket's path; one more ends it.
    static let pathLimit = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1

    /// The address of a Unix socket.
    init(path: String) throws(TransportError) {
        let bytes = Array(path.utf8)
        guard (1...Self.pathLimit).contains(bytes.count), !bytes.contains(0) else {
            throw .invalidPath(path, limit: Self.pathLimit)
        }
        storage.ss_family = sa_family_t(AF_UNIX)
        let offset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
        withUnsafeMutableBytes(of: &storage) { storage in
            UnsafeMutableRawBufferPointer(rebasing: storage[offset...]).copyBytes(from: bytes)
        }
        length = socklen_t(offset + bytes.count + 1)
    }

    /// The address of a Unix socket in Linux's abstract namespace, which is no file (unix(7)).
    init(abstract name: String) throws(TransportError) {
        let bytes = Array(name.utf8)
        guard (1...Self.pathLimit).contains(bytes.count) else { throw .invalidPath(name, limit: Self.pathLimit) }
        storage.ss_family = sa_family_t(AF_UNIX)
        let offset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
        withUnsafeMutableBytes(of: &storage) { storage in
            UnsafeMutableRawBufferPointer(rebasing: storage[(offset + 1)...]).copyBytes(from: bytes)
        }
        length = socklen_t(offset + 1 + bytes.count)
    }

    /// The address that `fill` writes; it is given the room and returns what the call returned.
    init?(filledBy fill: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> CInt) {
        length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        var length = length
        let result = withMutablePointer { fill($0, &length) }
        guard result >= 0 else { return nil }
        self.length = min(length, self.length)
    }

    /// The addresses of a host, in the resolver's order.
    static func resolve(host: String, port: UInt16) throws(TransportError) -> [SocketAddress] {
        var hints = addrinfo()
        #if canImport(Musl)
            hints.ai_socktype = CInt(SOCK_STREAM)
        #else
            hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        #endif
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(port), &hints, &list)
        guard status == 0 else {
            throw .hostNotFound(host: host, reason: gai_strerror(status).map { String(cString: $0) } ?? "\(status)")
        }
        defer { freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = list
        while let entry = next?.pointee {
            if let source = entry.ai_addr {
                let address = SocketAddress { target, length in
                    guard entry.ai_addrlen <= length.pointee else { return -1 }
                    memcpy(target, source, Int(entry.ai_addrlen))
                    length.pointee = entry.ai_addrlen
                    return 0
                }
                if let address { addresses.append(address) }
            }
            next = entry.ai_next
        }
        return addresses
    }

    /// `AF_INET`, `AF_INET6` or `AF_UNIX`.
    var family: CInt { CInt(storage.ss_family) }

    /// The path of a Unix socket that has one.
    var path: String? {
        guard family == AF_UNIX else { return nil }
        var copy = storage
        return withUnsafeBytes(of: &copy) { bytes in
            let path = bytes[(MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2)..<Int(length)].prefix { $0 != 0 }
            return path.isEmpty ? nil : String(decoding: path, as: UTF8.self)
        }
    }

    /// The port, for the families that have one.
    var port: UInt16? {
        var copy = storage
        return withUnsafeBytes(of: &copy) { bytes in
            switch family {
            case AF_INET: UInt16(bigEndian: bytes.load(as: sockaddr_in.self).sin_port)
            case AF_INET6: UInt16(bigEndian: bytes.load(as: sockaddr_in6.self).sin6_port)
            default: nil
            }
        }
    }

    /// The numeric address without port, for the families that have one. An IPv4 address that reached an IPv6 socket
    /// (`::ffff:a.b.c.d`) is written as IPv4, so that a client has one name on every listener.
    var host: String? {
        guard family == AF_INET || family == AF_INET6 else { return nil }
        var copy = storage
        let capacity = Int(INET6_ADDRSTRLEN)
        return withUnsafeBytes(of: &copy) { bytes in
            withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { text -> String? in
                guard let start = text.baseAddress, let base = bytes.baseAddress else { return nil }
                let offset =
                    family == AF_INET
                    ? MemoryLayout<sockaddr_in>.offset(of: \.sin_addr)
                    : MemoryLayout<sockaddr_in6>.offset(of: \.sin6_addr)
                guard inet_ntop(family, base + (offset ?? 0), start, socklen_t(capacity)) != nil else { return nil }
                let host = String(cString: start)
                let isMapped = host.hasPrefix("::ffff:") && host.contains(".")
                return isMapped ? String(host.dropFirst("::ffff:".count)) : host
            }
        }
    }

    /// Whose connection this is; nil for a Unix socket's peer.
    var client: ClientNetwork? {
        var copy = storage
        return withUnsafeBytes(of: &copy) { bytes in
            switch family {
            case AF_INET:
                let address = bytes.load(as: sockaddr_in.self).sin_addr.s_addr
                return ClientNetwork(prefix: UInt64(UInt32(bigEndian: address)), isIPv4: true)
            case AF_INET6:
                let offset = MemoryLayout<sockaddr_in6>.offset(of: \.sin6_addr) ?? 8
                let high = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                let low = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
                // An IPv4 client of an IPv6 socket (RFC 4291, section 2.5.5.2).
                if high == 0, low >> 32 == 0xFFFF {
                    return ClientNetwork(prefix: low & 0xFFFF_FFFF, isIPv4: true)
                }
                // The loopback address has nobody else in its network, and is not to share one with `::`.
                return ClientNetwork(prefix: high == 0 ? low : high, isIPv4: false)
            default: return nil
            }
        }
    }

    /// Lends the address to a call.
    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafePointer(to: storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }

    private mutating func withMutablePointer<Result>(_ body: (UnsafeMutablePointer<sockaddr>) -> Result) -> Result {
        withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0) }
        }
    }
}
