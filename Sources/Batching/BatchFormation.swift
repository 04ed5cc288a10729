import DequeModule

/// The queue of waiting items and the decision which of them form the next batch: a value, without threads or clock.
///
/// First in, first out. A free stream takes what waits, up to `maximumBatchSize`, at once; a `maximumQueueDelay` above
/// zero lets a batch that is not full be held until its oldest item has waited that long.
///
/// The worst case. With at most Q items waiting (`maximumQueuedItems`), batches of at most B (`maximumBatchSize`), N
/// streams, a batch processed within T and a delay of D (`maximumQueueDelay`), an admitted item waits at most
///
///     W = max(D, ⌈⌈Q / B⌉ / N⌉ · T)
///
/// since every batch taken before the item's own is full of items before it, which makes the item's own at latest the
/// ⌈Q / B⌉-th to be taken; N of them are taken in any span of T while full ones wait; and only the item's own batch can
/// be held, which ends D after the arrival of its oldest item, hence no later than D after the item's own. An item
/// with a deadline waits no longer than that deadline.
///
/// Invariants: tickets ascend from front to back; `queuedBytes` is the sum over the entries; `count` is at most
/// `maximumQueuedItems` and `queuedBytes` at most `maximumQueuedBytes`; `earliestDeadline` is no later than the
/// deadline of any entry.
public struct BatchFormation<Item> {
    /// A moment of the scheduler's clock.
    public typealias Instant = ContinuousClock.Instant

    /// A waiting item.
    public struct Entry {
        /// What it is cancelled by.
        public let ticket: BatchTicket
        /// The item.
        public let item: Item
        /// The bytes it is accounted with.
        public let bytes: Int
        /// When it is no longer worth processing.
        public let deadline: Instant?
        /// When it was admitted.
        public let arrival: Instant
    }

    /// Whether a free stream should take a batch.
    public enum Readiness: Hashable, Sendable {
        /// Nothing waits.
        case empty
        /// There is a batch to take.
        case ready
        /// The batch is not full and held until this moment.
        case held(until: Instant)
    }

    /// The limits in force.
    public let policy: BatchPolicy
    /// The bytes of the waiting items together.
    public private(set) var queuedBytes = 0
    private var entries: Deque<Entry> = []
    private var earliestDeadline: Instant?
    private var lastTicket: UInt64 = 0

    /// An empty queue under `policy`.
    public init(policy: BatchPolicy) {
        self.policy = policy
    }

    /// The number of waiting items.
    public var count: Int { entries.count }

    /// A ticket for an item that is refused before it is admitted: it names nothing that waits.
    mutating func issueTicket() -> BatchTicket {
        lastTicket += 1
        return BatchTicket(number: lastTicket)
    }

    /// Appends an item. Call `removeExpired` first, so that items past their deadline do not hold the room.
    ///
    /// Throws `deadlineExceeded` for a deadline that is not in the future, `queueFull` and `queueBytesFull` at the
    /// policy's limits; the queue is then as it was.
    public mutating func admit(
        _ item: Item, bytes: Int, deadline: Instant?, now: Instant
    ) throws(SubmissionError) -> BatchTicket {
        precondition(bytes >= 0, "an item cannot hold less than no bytes")
        if let deadline, deadline <= now { throw .deadlineExceeded }
        if entries.count >= policy.maximumQueuedItems { throw .queueFull(limit: policy.maximumQueuedItems) }
        if bytes > policy.maximumQueuedBytes - queuedBytes {
            throw .queueBytesFull(limit: policy.maximumQueuedBytes)
        }
        let ticket = issueTicket()
        entries.append(Entry(ticket: ticket, item: item, bytes: bytes, deadline: deadline, arrival: now))
        queuedBytes += bytes
        if let deadline { earliestDeadline = min(earliestDeadline ?? deadline, deadline) }
        return ticket
    }

    /// Removes the item that `ticket` names; nil if it does not wait (any more).
    public mutating func remove(_ ticket: BatchTicket) -> Entry? {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].ticket < ticket { low = middle + 1 } else { high = middle }
        }
        guard low < entries.count, entries[low].ticket == ticket else { return nil }
        let entry = entries.remove(at: low)
        queuedBytes -= entry.bytes
        return entry
    }

    /// Removes the items whose deadline is not after `now`, in their order.
    public mutating func removeExpired(now: Instant) -> [Entry] {
        guard let earliest = earliestDeadline, earliest <= now else { return [] }
        var expired: [Entry] = []
        var next: Instant?
        entries.removeAll { entry in
            guard let deadline = entry.deadline else { return false }
            if deadline <= now {
                expired.append(entry)
                return true
            }
            next = min(next ?? deadline, deadline)
            return false
        }
        earliestDeadline = next
        for entry in expired { queuedBytes -= entry.bytes }
        return expired
    }

    /// Removes every item, in order.
    public mutating func removeAll() -> [Entry] {
        let all = Array(entries)
        entries.removeAll()
        queuedBytes = 0
        earliestDeadline = nil
        return all
    }

    /// Whether a stream that is free at `now` should take a batch. With `intakeEnded` nothing is held, since nothing
    /// can fill the batch.
    public func readiness(now: Instant, intakeEnded: Bool = false) -> Readiness {
        guard let oldest = entries.first else { return .empty }
        if entries.count >= policy.maximumBatchSize || intakeEnded { return .ready }
        let end = oldest.arrival + policy.maximumQueueDelay
        return end <= now ? .ready : .held(until: end)
    }

    /// Takes the oldest items, at most `maximumBatchSize`; none unless `readiness` says `ready`. Call `removeExpired`
    /// first: a batch holds no item whose deadline has passed.
    public mutating func takeBatch(now: Instant, intakeEnded: Bool = false) -> [Entry] {
        guard readiness(now: now, intakeEnded: intakeEnded) == .ready else { return [] }
        let size = min(entries.count, policy.maximumBatchSize)
        let batch = Array(entries.prefix(size))
        entries.removeFirst(size)
        for entry in batch { queuedBytes -= entry.bytes }
        if entries.isEmpty { earliestDeadline = nil }
        return batch
    }

    /// The next moment at which time alone changes something: no later than the earliest deadline, or the end of a
    /// hold if a stream is free to take the batch.
    public func nextEvent(now: Instant, streamIsFree: Bool, intakeEnded: Bool = false) -> Instant? {
        guard streamIsFree, case .held(let end) = readiness(now: now, intakeEnded: intakeEnded) else {
            return earliestDeadline
        }
        return min(end, earliestDeadline ?? end)
    }
}

extension BatchFormation: Sendable where Item: Sendable {}
extension BatchFormation.Entry: Sendable where Item: Sendable {}
