/// Where a server listens.
public enum Endpoint: Hashable, Sendable {
    /// TCP on a host name or numeric address; `::` takes IPv4 as well. Port 0 lets the system choose.
    case tcp(host: String, port: UInt16)
    /// A Unix socket.
    case unix(path: String)
}

extension Endpoint: CustomStringConvertible {
    /// `host:port`, `[host]:port` for IPv6, or `unix:path`.
    public var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}
