import HTTP

/// The proxies whose word on the client's address is taken.
public struct TrustedProxies: Sendable, Hashable, CustomStringConvertible {
    private struct Network: Sendable, Hashable {
        var address: IPAddress
        var length: Int
    }

    /// The name of the peers of a Unix socket, which have no address.
    private static let unix = "unix"

    /// As it was written; `none` for nobody.
    public let description: String
    private var networks: [Network] = []
    private var includesUnixPeers = false

    /// Nobody.
    public init() { description = "none" }

    /// Reads networks in CIDR notation (RFC 4632) or addresses, separated by commas; `unix` stands for the peers of a
    /// Unix socket. Nil where an element is none of these.
    public init?(_ text: String) {
        description = text
        if text == TrustedProxies().description { return }
        for element in text.split(separator: ",", omittingEmptySubsequences: false) {
            let element = Self.trimmed(element)
            if element == Self.unix {
                includesUnixPeers = true
                continue
            }
            let parts = element.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count <= 2, let address = parts.first.flatMap({ IPAddress($0) }) else { return nil }
            let bits = address.isIPv4 ? 32 : 128
            var length = bits
            if parts.count == 2 {
                guard (1...3).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                    let written = Int(parts[1]), written <= bits
                else { return nil }
                length = written
            }
            length += 128 - bits
            networks.append(Network(address: address.prefix(length), length: length))
        }
    }

    /// Whether an address is that of such a proxy.
    public func contains(_ address: String) -> Bool { IPAddress(address).map(contains) ?? false }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }

    private func contains(_ address: IPAddress) -> Bool {
        networks.contains { address.prefix($0.length) == $0.address }
    }

    /// The address of the client of a request that came from `peer`: going back through `X-Forwarded-For` from the end,
    /// which the nearest proxy wrote, the first that is none of the proxies.
    package func client(_ head: RequestHead, peer: String?) -> String? {
        if let peer {
            guard !networks.isEmpty, let address = IPAddress(peer), contains(address) else { return peer }
        } else if !includesUnixPeers {
            return peer
        }
        var client = peer
        let hops = head.headers.values("X-Forwarded-For").flatMap { $0.split(separator: ",") }
        for hop in hops.reversed() {
            let text = Self.trimmed(hop)
            // What is no address was not written by a proxy that is to be trusted.
            guard let address = IPAddress(text) else { break }
            client = String(text)
            guard contains(address) else { break }
        }
        return client
    }
}
