import Dispatch
import Platform

/// A thread for one stream, parked until it is woken.
final class StreamThread: Sendable {
    private let wakes = DispatchSemaphore(value: 0)

    /// Starts the thread, parked. It calls `body` once per `wake()` and ends when `body` returns false.
    func start(_ body: @escaping @Sendable () -> Bool) {
        let wakes = wakes
        let thread = BackgroundThread(name: "stream") {
            repeat { wakes.wait() } while body()
        }
        guard thread != nil else { preconditionFailure("the system has no thread for a stream") }
    }

    /// Lets the thread call its body once more.
    func wake() { wakes.signal() }
}
