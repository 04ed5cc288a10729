import Dispatch
import HTTP
import Synchronization
import Transport

/// Counts what a server tells its observer.
package final class EchoWatcher: ServerObserver {
    package let opened = Atomic<Int>(0)
    package let refused = Mutex<[RequestError]>([])
    package let handshakes = Mutex<[TransportError]>([])
    package let turnedAway = Atomic<Int>(0)
    package let refusals = Mutex<[(reason: RefusalReason, address: String?)]>([])
    package let outlines = Mutex<[RequestOutline]>([])
    package let aborted = Mutex<[(request: RequestOutline, cause: AbortCause)]>([])
    package let handshakeAddresses = Mutex<[String?]>([])
    private let closings = DispatchSemaphore(value: 0)

    package func connectionOpened() { opened.add(1, ordering: .relaxed) }
    package func connectionClosed() { closings.signal() }
    package func connectionRefused(_ reason: RefusalReason, from address: String?) {
        turnedAway.add(1, ordering: .relaxed)
        refusals.withLock { $0.append((reason, address)) }
    }

    package func requestRefused(_ error: RequestError, _ request: RequestOutline) {
        refused.withLock { $0.append(error) }
        outlines.withLock { $0.append(request) }
    }

    package func requestAborted(_ request: RequestOutline, _ cause: AbortCause) {
        aborted.withLock { $0.append((request, cause)) }
    }

    package func handshakeFailed(_ error: TransportError, from address: String?) {
        handshakes.withLock { $0.append(error) }
        handshakeAddresses.withLock { $0.append(address) }
    }

    /// Waits until a connection has ended; false if that takes too long.
    package func awaitClosing() -> Bool { closings.wait(timeout: .now() + 20) == .success }
}
