import Dispatch
import Foundation
import Synchronization

/// SIGINT or SIGTERM as a wish that long work looks at between its parts; a second one ends the process as usual.
final class Interruption {
    private let isSet: RequestFlag
    private let sources: [any DispatchSourceSignal]

    init() {
        let flag = RequestFlag()
        isSet = flag
        let queue = DispatchQueue(label: "multibox.interruption")
        sources = [SIGINT, SIGTERM].map { number in
            SignalWatch.begin(number, on: queue) {
                flag.set()
                signal(number, SIG_DFL)
            }
        }
    }

    deinit { for source in sources { source.cancel() } }

    /// Whether a signal came.
    var isRequested: Bool { isSet.isSet }
}

/// A flag that goes up once.
private final class RequestFlag: Sendable {
    private let flag = Atomic(false)

    var isSet: Bool { flag.load(ordering: .relaxed) }

    func set() { flag.store(true, ordering: .relaxed) }
}
