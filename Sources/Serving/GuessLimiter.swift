import Platform

/// Holds each address to a rate of wrong keys.
///
/// An address that has shown too many is *held* until time has made good for one: until then no key from it is compared
/// with the right ones, since an answer that tells right from wrong, whichever it is, is what a guess is after. That would
/// lock out those who share the address. So keys that were right from an address before it was held are still looked at;
/// whoever guesses from an address in use may go on guessing those few.
///
/// Invariant: an address and key are *proven* only by a request that was let in while the address was not held, or was
/// proven already.
final class GuessLimiter: Sendable {
    private struct Proof: Hashable, Sendable {
        let address: ClientAddress
        let key: SHA256Digest
    }

    /// The pairs of address and key that are remembered: 4 MiB at most.
    private static let provenPairs = 1 << 14

    private let limiter: RateLimiter<ClientAddress>
    private let proven = RecentSet<Proof>(capacity: provenPairs)

    /// Lets an address show as many wrong keys as `limit` says.
    init(_ limit: RateLimit) { limiter = RateLimiter(limit) }

    /// The keys among `shown` that may be looked at now. Several threads may have one looked at in the same moment and count
    /// it after that: as many as there are event loops.
    ///
    /// - Throws: `ServiceError.tooManyWrongKeys` where there were some and none is left.
    func admissible(
        _ shown: [SHA256Digest], from address: ClientAddress, at now: UInt64
    ) throws(ServiceError) -> [SHA256Digest] {
        guard !shown.isEmpty, let wait = limiter.wait(for: address, at: now) else { return shown }
        let known = shown.filter { proven.contains(Proof(address: address, key: $0)) }
        guard !known.isEmpty else { throw .tooManyWrongKeys(seconds: RateLimit.seconds(wait)) }
        return known
    }

    /// Counts wrong keys.
    func count(_ wrong: Int, from address: ClientAddress, at now: UInt64) {
        for _ in 0..<wrong { _ = limiter.take(address, at: now) }
    }

    /// Notes a right key.
    func prove(_ key: SHA256Digest, from address: ClientAddress) {
        proven.insert(Proof(address: address, key: key))
    }
}
