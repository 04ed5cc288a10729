import Dispatch
import Foundation
import Synchronization

/// The signals of `serve`, watched from before there is a server: one that comes while files are read for it ends the process,
/// whatever the reading waits for.
final class ServeSignals {
    /// What is watched.
    private static let numbers = [SIGTERM, SIGINT, SIGHUP]

    private let receiver = Receiver()
    private let sources: [any DispatchSourceSignal]

    /// Begins. To be called before there is another thread.
    init() {
        SignalWatch.hold(Self.numbers)
        let queue = DispatchQueue(label: "multibox.signals")
        sources = Self.numbers.map { [receiver] number in
            SignalWatch.begin(number, on: queue) { receiver.receive(number) }
        }
    }

    /// From now on they are the server's, and a wish that came before to read files again.
    func deliver(to server: Server) { receiver.deliver(to: server) }

    private final class Receiver: Sendable {
        private let state = Mutex((server: Server?.none, wantsReload: false))

        func deliver(to server: Server) {
            let wantsReload = state.withLock { state in
                state.server = server
                return state.wantsReload
            }
            if wantsReload { server.receive(SIGHUP) }
        }

        func receive(_ number: Int32) {
            let server = state.withLock { state in
                if number == SIGHUP { state.wantsReload = true }
                return state.server
            }
            if let server { return server.receive(number) }
            // Nothing listens yet, so that there is nothing to drain.
            if number != SIGHUP { exit(0) }
        }
    }
}
