/// Whom a request is counted for that shows no right key.
enum ClientAddress: Hashable, Sendable {
    /// An IPv4 address, or the first 64 bits of an IPv6 address.
    case network(IPAddress)
    /// The peers of a Unix socket.
    case local

    /// Of an address in text, nil for a Unix socket's peer.
    init(_ text: String?) { self = text.flatMap { IPAddress($0) }.map { .network($0.client) } ?? .local }
}
