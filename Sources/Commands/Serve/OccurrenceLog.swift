import Dispatch
import Serving
import Synchronization

/// Logs what may happen thousands of times a second: a line every ten seconds at most, which says how often, why and by whom.
final class OccurrenceLog: Sendable {
    private static let queue = DispatchQueue(label: "multibox.occurrences")

    private let log: ServerLog
    private let message: String
    private let level: LogLevel
    private let tally = Mutex(OccurrenceTally())

    init(_ log: ServerLog, _ message: String, level: LogLevel) {
        self.log = log
        self.message = message
        self.level = level
    }

    /// Something happened, to or by whom `address` names. `reason` is one of ours, the system's or OpenSSL's sentences.
    func note(_ reason: String, from address: String? = nil) {
        let now = ContinuousClock.now
        switch tally.withLock({ $0.note(reason, from: address, at: now) }) {
        case .none: break
        case .report(let report): write(report)
        case .await(let time):
            let nanoseconds = Int(max(0, now.duration(to: time).milliseconds) * 1e6)
            Self.queue.asyncAfter(deadline: .now() + .nanoseconds(nanoseconds)) { [self] in flush() }
        }
    }

    /// Tells of what was gathered.
    func flush() {
        if let report = tally.withLock({ $0.due(at: .now) }) { write(report) }
    }

    private func write(_ report: OccurrenceTally.Report) {
        var details: [ServerLog.Detail] = [("count", "\(report.count)"), ("reason", Self.list(report.reasons))]
        if report.addresses > 0 {
            details.append(("addresses", "\(report.countsAllAddresses ? "" : "more than ")\(report.addresses)"))
            if log.showsAddresses { details.append(("top", Self.list(report.top))) }
        }
        log.event(message, details, level: level)
    }

    /// One by itself, several with how often each.
    private static func list(_ entries: [(name: String, count: Int)]) -> String {
        if entries.count == 1 { return entries[0].name }
        return entries.map { "\($0.name) (\($0.count))" }.joined(separator: ", ")
    }
}
