import Dispatch
import Foundation

/// Signals as events on a queue.
enum SignalWatch {
    /// Holds signals back until they are watched, so that none is lost that comes before. A thread begins with the mask of the
    /// one that makes it: to be called before there is another.
    static func hold(_ numbers: [Int32]) {
        var set = sigset_t()
        sigemptyset(&set)
        for number in numbers { sigaddset(&set, number) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Calls `body` at each signal of a number, as long as what is returned is there. Watching begins elsewhere, some time after
    /// it was asked for: when this returns, it has begun.
    static func begin(
        _ number: Int32, on queue: DispatchQueue, _ body: @escaping @Sendable () -> Void
    ) -> any DispatchSourceSignal {
        let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
        let hasBegun = DispatchSemaphore(value: 0)
        source.setRegistrationHandler { hasBegun.signal() }
        source.setEventHandler(handler: body)
        source.resume()
        hasBegun.wait()
        return source
    }
}
