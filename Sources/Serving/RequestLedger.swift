import Dispatch
import Synchronization

/// Counts the requests that are not answered yet, for those who wait until there are none.
///
/// Invariant: a waiter is resumed exactly once, by whoever removes it.
final class RequestLedger: Sendable {
    private struct State {
        var count = 0
        var lastWaiter = 0
        var waiters: [Int: CheckedContinuation<Bool, Never>] = [:]
    }

    private let state = Mutex(State())

    /// Requests that are not answered yet.
    var count: Int { state.withLock { $0.count } }

    /// A request has come.
    func begin() { state.withLock { $0.count += 1 } }

    /// A request has been answered, or its client has gone.
    func end() {
        let idle = state.withLock { state -> [CheckedContinuation<Bool, Never>] in
            state.count -= 1
            guard state.count == 0 else { return [] }
            defer { state.waiters.removeAll() }
            return Array(state.waiters.values)
        }
        for waiter in idle { waiter.resume(returning: true) }
    }

    /// Waits until every request is answered, at most for `timeout`; whether they were.
    func waitUntilIdle(timeout: Duration) async -> Bool {
        await withCheckedContinuation { continuation in
            let waiter = state.withLock { state -> Int? in
                guard state.count > 0 else { return nil }
                state.lastWaiter += 1
                state.waiters[state.lastWaiter] = continuation
                return state.lastWaiter
            }
            guard let waiter else { return continuation.resume(returning: true) }
            let nanoseconds = Int(min(max(timeout.milliseconds, 0), 86_400_000) * 1e6)
            DispatchQueue.global().asyncAfter(deadline: .now() + .nanoseconds(nanoseconds)) { [self] in
                state.withLock { $0.waiters.removeValue(forKey: waiter) }?.resume(returning: false)
            }
        }
    }
}
