import Serving
import Synchronization

/// What a service has logged.
final class AccessLog: Sendable {
    private let entries = Mutex<[AccessRecord]>([])

    func append(_ record: AccessRecord) { entries.withLock { $0.append(record) } }

    var records: [AccessRecord] { entries.withLock { $0 } }
}
