import Dispatch
import HTTP
import Synchronization

/// Holds the one worker of a service: whoever waits behind it waits until the gate opens.
final class Gate: Sendable {
    private let opening = DispatchSemaphore(value: 0)
    private let closing = DispatchSemaphore(value: 0)

    /// An answer's receiver that keeps the worker which calls it.
    var hold: @Sendable (Response) -> Void {
        { [self] _ in
            closing.signal()
            opening.wait()
        }
    }

    /// Waits until a worker is held.
    func waitUntilHeld() { closing.wait() }

    func open() { opening.signal() }
}
