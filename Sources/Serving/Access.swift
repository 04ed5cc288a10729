import Platform
import HTTP
import Synchronization

/// Who may ask, and how often.
package final class Access: Sendable {
    /// What a rate is counted for.
    private enum Client: Hashable, Sendable {
        case key(SHA256Digest)
        case address(ClientAddress)
    }

    private let keys = Mutex<APIKeys?>(nil)
    private let limiter: RateLimiter<Client>?
    private let guesses: GuessLimiter?
    /// Times of the limiters count from here, on a clock that no one sets.
    private let start: ContinuousClock.Instant

    /// - Parameters:
    ///   - limit: how often a client may ask; nil for as often as it likes.
    ///   - wrongKeys: how many wrong keys an address may show; nil for any number.
    package init(_ limit: RateLimit?, wrongKeys: RateLimit?, at start: ContinuousClock.Instant = .now) {
        limiter = limit.map { RateLimiter($0) }
        guesses = wrongKeys.map { GuessLimiter($0) }
        self.start = start
    }

    /// Asks every request for one of these keys from now on.
    package func require(_ keys: APIKeys) { self.keys.withLock { $0 = keys } }

    /// Lets a request in, and counts it: by its key, or by its address where no key is asked for or the right one is not
    /// shown. Returns the key; nil where none is asked for.
    ///
    /// - Throws: `ServiceError.unauthorized`, `.tooManyWrongKeys` or `.rateLimited`.
    @discardableResult
    package func admit(
        _ head: RequestHead, clientAddress: String?, at now: ContinuousClock.Instant = .now
    ) throws(ServiceError) -> AcceptedKey? {
        let address = ClientAddress(clientAddress)
        let elapsed = start.duration(to: now).wholeNanoseconds
        guard let keys = keys.withLock({ $0 }) else {
            try take(.address(address), at: elapsed)
            return nil
        }
        let key: AcceptedKey
        do throws(ServiceError) { key = try authenticate(head, by: keys, from: address, at: elapsed) } catch {
            try take(.address(address), at: elapsed)
            throw error
        }
        try take(.key(key.digest), at: elapsed)
        return key
    }

    private func authenticate(
        _ head: RequestHead, by keys: APIKeys, from address: ClientAddress, at now: UInt64
    ) throws(ServiceError) -> AcceptedKey {
        // A client that tries several keys at once has none, and learns nothing by it.
        guard let shown = APIKeys.shown(in: head.headers) else { throw .unauthorized(isWrong: true) }
        let candidates = try guesses?.admissible(shown, from: address, at: now) ?? shown
        if let key = keys.match(candidates) {
            guesses?.prove(key.digest, from: address)
            return key
        }
        // Who shows no key has not guessed.
        guesses?.count(shown.count, from: address, at: now)
        throw .unauthorized(isWrong: !shown.isEmpty)
    }

    private func take(_ client: Client, at now: UInt64) throws(ServiceError) {
        if let wait = limiter?.take(client, at: now) { throw .rateLimited(seconds: RateLimit.seconds(wait)) }
    }
}
