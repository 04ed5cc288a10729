import HTTP
import Synchronization

/// Who may ask, and how often.
package final class Access: Sendable {
    /// What a rate is counted for.
    private enum Client: Hashable, Sendable {
        case key(SHA256Digest)
        case address(IPAddress)
        /// Peers of a Unix socket.
        case local
    }

    private let keys = Mutex<APIKeys?>(nil)
    private let limiter: RateLimiter<Client>?
    /// Times of the limiter count from here, on a clock that no one sets.
    private let start: ContinuousClock.Instant

    package init(_ limit: RateLimit?, at start: ContinuousClock.Instant = .now) {
        limiter = limit.map { RateLimiter($0) }
        self.start = start
    }

    /// Asks every request for one of these keys from now on.
    package func require(_ keys: APIKeys) { self.keys.withLock { $0 = keys } }

    /// Lets a request in, and counts it.
    ///
    /// - Throws: `ServiceError.unauthorized` or `.rateLimited`.
    package func admit(
        _ head: RequestHead, clientAddress: String?, at now: ContinuousClock.Instant = .now
    ) throws(ServiceError) {
        let key = try keys.withLock { $0 }?.authenticate(head.headers)
        guard let limiter else { return }
        let client: Client
        if let key {
            client = .key(key)
        } else {
            client = clientAddress.flatMap { IPAddress($0) }.map { .address($0.client) } ?? .local
        }
        let (seconds, attoseconds) = start.duration(to: now).components
        let elapsed = UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
        if let wait = limiter.take(client, at: elapsed) {
            throw .rateLimited(seconds: max(1, Int((wait + 999_999_999) / 1_000_000_000)))
        }
    }
}
