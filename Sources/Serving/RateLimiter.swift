import Platform
import Synchronization

/// Holds each client to a rate, with a token bucket each in the form of the generic cell rate algorithm: all that is kept
/// of a bucket is the time at which it will be full again.
///
/// Invariants: there are at most `capacity` buckets; one that is full is as good as none and may go. Clients for whom
/// there is no room share one bucket, so that a flood of addresses is held to the rate of one client.
package final class RateLimiter<Client: Hashable & Sendable>: Sendable {
    private struct State {
        /// Nanoseconds at which each bucket is full.
        var fullAt: [Client: UInt64] = [:]
        var sharedFullAt: UInt64 = 0
        /// When full buckets may be searched for again.
        var nextSweep: UInt64 = 0
    }

    /// The least time between two searches, in nanoseconds.
    private static var sweepPause: UInt64 { 100_000_000 }

    private let capacity: Int
    /// Nanoseconds in which one token comes back.
    private let interval: UInt64
    /// Nanoseconds by which a bucket may be short of full for a token to be left in it.
    private let tolerance: UInt64
    private let state = Mutex(State())

    /// Holds clients to `limit`, and keeps `capacity` of them apart.
    package init(_ limit: RateLimit, capacity: Int = 1 << 16) {
        self.capacity = capacity
        interval = max(1, limit.period.wholeNanoseconds / UInt64(limit.count))
        tolerance = interval * UInt64(limit.count - 1)
    }

    /// Takes a token of a client's at a time; nil if there was one, otherwise the nanoseconds until there is.
    package func take(_ client: Client, at now: UInt64) -> UInt64? {
        state.withLock { state in
            if let fullAt = state.fullAt[client] {
                let (next, wait) = draw(fullAt, at: now)
                state.fullAt[client] = next
                return wait
            }
            if state.fullAt.count >= capacity { sweep(&state, at: now) }
            guard state.fullAt.count < capacity else {
                let (next, wait) = draw(state.sharedFullAt, at: now)
                state.sharedFullAt = next
                return wait
            }
            let (next, wait) = draw(0, at: now)
            state.fullAt[client] = next
            return wait
        }
    }

    /// The nanoseconds until a client has a token, nil if it has one; takes none.
    package func wait(for client: Client, at now: UInt64) -> UInt64? {
        state.withLock { state in
            if let fullAt = state.fullAt[client] { return draw(fullAt, at: now).wait }
            if state.fullAt.count >= capacity { sweep(&state, at: now) }
            return state.fullAt.count < capacity ? nil : draw(state.sharedFullAt, at: now).wait
        }
    }

    /// The clients that are kept apart.
    package var count: Int { state.withLock { $0.fullAt.count } }

    /// Lets full buckets go, unless that was just done.
    private func sweep(_ state: inout State, at now: UInt64) {
        guard now >= state.nextSweep else { return }
        state.fullAt = state.fullAt.filter { $0.value > now }
        state.nextSweep = now + Swift.max(interval, Self.sweepPause)
    }

    private func draw(_ fullAt: UInt64, at now: UInt64) -> (next: UInt64, wait: UInt64?) {
        let start = max(fullAt, now)
        let shortage = start - now
        return shortage > tolerance ? (fullAt, shortage - tolerance) : (start + interval, nil)
    }
}
