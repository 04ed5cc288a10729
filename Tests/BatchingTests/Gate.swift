import Dispatch

/// Keeps streams inside `process` until the test lets them go, so that tests need no wall time.
final class Gate: Sendable {
    private let entered = DispatchSemaphore(value: 0)
    private let opened = DispatchSemaphore(value: 0)

    /// Called by a stream: tells the test, then waits for `open`.
    func pass() {
        entered.signal()
        opened.wait()
    }

    /// Waits until a stream is inside.
    func awaitStream() { entered.wait() }

    /// Lets `count` streams go, now or when they come.
    func open(_ count: Int = 1) {
        for _ in 0..<count { opened.signal() }
    }
}
