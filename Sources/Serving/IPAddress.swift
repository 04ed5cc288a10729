import Platform

/// An IP address; an IPv4 address is that of IPv6 it is mapped to (RFC 4291, section 2.5.5.2).
package struct IPAddress: Sendable, Hashable {
    /// The higher 64 bits: of IPv6, the network.
    package let high: UInt64
    /// The lower 64 bits.
    package let low: UInt64

    /// Reads a numeric address, without port or zone.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.count <= 45 else { return nil }
        let text = String(text)
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            high = 0
            low = 0xFFFF << 32 | UInt64(UInt32(bigEndian: four.s_addr))
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            (high, low) = withUnsafeBytes(of: &six) { bytes in
                (
                    UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                    UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
                )
            }
        } else {
            return nil
        }
    }

    private init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Whether it is an IPv4 address.
    package var isIPv4: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// The address whose first `length` bits are those of this one, the others 0.
    package func prefix(_ length: Int) -> IPAddress {
        IPAddress(
            high: length >= 64 ? high : length <= 0 ? 0 : high & ~(UInt64.max >> length),
            low: length >= 128 ? low : length <= 64 ? 0 : low & ~(UInt64.max >> (length - 64)))
    }

    /// What a client is known by: the address, of IPv6 the /64 that a subscriber has to choose from.
    package var client: IPAddress { isIPv4 ? self : prefix(64) }
}
