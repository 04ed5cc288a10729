/// What connections of one client have in common: an IPv4 address, or the first 64 bits of an IPv6 address, of which a
/// subscriber has all the others to choose from.
struct ClientNetwork: Hashable {
    let prefix: UInt64
    let isIPv4: Bool
}
