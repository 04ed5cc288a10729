import Platform
import TestSupport

/// Blocking sockets as a supervisor would hand them over; whoever takes one owns it.
enum InheritedSocket {
    struct Failure: Error { var errno: Int32 }

    /// A socket that listens on a port of 127.0.0.1.
    static func listening() throws -> (descriptor: CInt, port: UInt16) {
        let descriptor = try unconnected()
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        try withUnsafeMutablePointer(to: &address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                guard bind(descriptor, pointer, length) == 0, listen(descriptor, 8) == 0,
                    getsockname(descriptor, pointer, &length) == 0
                else { throw Failure(errno: errno) }
            }
        }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }

    /// A socket that listens at a path.
    static func listening(path: String) throws -> CInt {
        let descriptor = socket(AF_UNIX, RawClient.stream, 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) == 0 }
        }
        guard isBound, listen(descriptor, 8) == 0 else { throw Failure(errno: errno) }
        return descriptor
    }

    /// A socket that does not listen.
    static func unconnected() throws -> CInt {
        let descriptor = socket(AF_INET, RawClient.stream, 0)
        guard descriptor >= 0 else { throw Failure(errno: errno) }
        return descriptor
    }
}
