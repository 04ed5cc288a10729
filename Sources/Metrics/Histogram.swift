import Platform
import Synchronization

/// A distribution: how many observations were at most each bucket's bound, and their sum.
///
/// One state in one lock, so that a scrape sees buckets, sum and count of the same moment.
public final class Histogram: Sendable {
    /// What has been observed.
    public struct Snapshot: Sendable, Hashable {
        /// How many observations each bucket holds, not cumulated; the last counts those above every bound.
        public var counts: [UInt64]
        /// The sum of the observations.
        public var sum: Double
        /// The number of observations.
        public var count: UInt64 { counts.reduce(0, +) }
    }

    /// The buckets' upper bounds, ascending and finite; one above all is added.
    public let buckets: HistogramBuckets
    private let state: Mutex<Snapshot>

    /// A histogram that is not registered.
    public init(buckets: HistogramBuckets = .seconds) {
        self.buckets = buckets
        state = Mutex(Snapshot(counts: Array(repeating: 0, count: buckets.bounds.count + 1), sum: 0))
    }

    /// Counts an observation; one that is not a number is left out, since it would spoil the sum for good.
    public func observe(_ value: Double) {
        if value.isNaN { return }
        let bucket = buckets.index(of: value)
        state.withLock { state in
            state.counts[bucket] += 1
            state.sum += value
        }
    }

    /// Counts an observation in seconds.
    public func observe(_ duration: Duration) { observe(duration.seconds) }

    /// What has been observed so far.
    public var snapshot: Snapshot { state.withLock { $0 } }
}
