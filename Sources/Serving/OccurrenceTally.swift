/// Gathers what may happen thousands of times a second into a line of the log every ten seconds: the first occurrence is
/// told of at once, what follows when the pause after that is over.
///
/// States: *quiet* (`isAwaited` is false: nothing is gathered, the next occurrence is told of at once or begins a gathering) →
/// *gathering* (`isAwaited`: somebody will call `due`) → *quiet*.
///
/// Invariant: every occurrence is in one report; addresses and reasons beyond the bounds are counted, not named.
package struct OccurrenceTally: Sendable {
    /// What has happened since the last report.
    package struct Report: Sendable, Equatable {
        /// How many times.
        package let count: Int
        /// The reasons and how often each, the most frequent first.
        package let reasons: [(name: String, count: Int)]
        /// The addresses with the most occurrences, and how many each has.
        package let top: [(name: String, count: Int)]
        /// How many addresses there were; more, where `countsAllAddresses` is false.
        package let addresses: Int
        /// Whether there was room to tell all addresses apart.
        package let countsAllAddresses: Bool

        package static func == (a: Report, b: Report) -> Bool {
            a.count == b.count && a.addresses == b.addresses && a.countsAllAddresses == b.countsAllAddresses
                && a.reasons.elementsEqual(b.reasons, by: ==) && a.top.elementsEqual(b.top, by: ==)
        }
    }

    /// What an occurrence calls for.
    package enum Step: Sendable, Equatable {
        /// Tell of this now.
        case report(Report)
        /// Call `due` at this time.
        case await(until: ContinuousClock.Instant)
        /// Nothing: `due` will be called.
        case none
    }

    /// The least time between two reports.
    package static let pause = Duration.seconds(10)
    /// Addresses that are told apart between two reports.
    package static let maximumAddresses = 1024
    /// Reasons that are told apart.
    package static let maximumReasons = 16
    /// Addresses that a report names.
    package static let namedAddresses = 3
    /// What stands for reasons for which there is no room.
    private static let otherReason = "other"

    private var lastReport: ContinuousClock.Instant?
    private var isAwaited = false
    private var count = 0
    private var reasons: [String: Int] = [:]
    private var addresses: [String: Int] = [:]
    private var hasOtherAddresses = false

    package init() {}

    /// Something happened, to or by whom `address` names.
    package mutating func note(_ reason: String, from address: String?, at now: ContinuousClock.Instant) -> Step {
        count += 1
        let isKnown = reasons[reason] != nil || reasons.count < Self.maximumReasons
        reasons[isKnown ? reason : Self.otherReason, default: 0] += 1
        if let address {
            if addresses[address] != nil || addresses.count < Self.maximumAddresses {
                addresses[address, default: 0] += 1
            } else {
                hasOtherAddresses = true
            }
        }
        if isAwaited { return .none }
        if let lastReport, now < lastReport + Self.pause {
            isAwaited = true
            return .await(until: lastReport + Self.pause)
        }
        return .report(take(at: now))
    }

    /// The pause is over, or the process ends: what was gathered, if anything.
    package mutating func due(at now: ContinuousClock.Instant) -> Report? {
        isAwaited = false
        return count > 0 ? take(at: now) : nil
    }

    private mutating func take(at now: ContinuousClock.Instant) -> Report {
        let report = Report(
            count: count, reasons: Self.sorted(reasons),
            top: Array(Self.sorted(addresses).prefix(Self.namedAddresses)), addresses: addresses.count,
            countsAllAddresses: !hasOtherAddresses)
        lastReport = now
        (count, reasons, addresses, hasOtherAddresses) = (0, [:], [:], false)
        return report
    }

    /// The most frequent first, ties by name.
    private static func sorted(_ counts: [String: Int]) -> [(name: String, count: Int)] {
        counts.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
