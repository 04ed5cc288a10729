import Dispatch

/// Keeps threads until the test lets them go, so that tests need no wall time.
package final class Gate: Sendable {
    private let entered = DispatchSemaphore(value: 0)
    private let opened = DispatchSemaphore(value: 0)

    package init() {}

    /// Tells the test that a thread is here, then waits for `open`.
    package func pass() {
        entered.signal()
        opened.wait()
    }

    /// Waits until a thread is inside.
    package func awaitEntry() { entered.wait() }

    /// Lets `count` threads go, now or when they come.
    package func open(_ count: Int = 1) {
        for _ in 0..<count { opened.signal() }
    }
}
