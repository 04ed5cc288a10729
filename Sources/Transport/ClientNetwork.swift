/// What connections of one client have in common: an IPv4 address, or the first 64 bits of an IPv6 address, of which a
/// subscriber has all the others to choose from.
package struct ClientNetwork: Hashable, Sendable {
    package let prefix: UInt64
    package let isIPv4: Bool

    package init(prefix: UInt64, isIPv4: Bool) {
        self.prefix = prefix
        self.isIPv4 = isIPv4
    }
}
