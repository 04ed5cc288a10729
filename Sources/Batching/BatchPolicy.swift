/// How items are gathered to batches, and how many may wait.
public struct BatchPolicy: Sendable, Hashable {
    /// The most items processed together, at least 1.
    public var maximumBatchSize: Int

    /// How long a batch that is not full may be held for more items, counted from the arrival of its oldest item.
    /// Zero is greedy: a free stream takes what waits at once.
    public var maximumQueueDelay: Duration

    /// The most items that wait, at least 1. Items in process are not counted.
    public var maximumQueuedItems: Int

    /// The most bytes that the waiting items hold together, at least 1. Items in process are not counted.
    public var maximumQueuedBytes: Int

    /// A policy; sizes below 1 and a negative delay are a programming error.
    public init(
        maximumBatchSize: Int = 8,
        maximumQueueDelay: Duration = .zero,
        maximumQueuedItems: Int = 64,
        maximumQueuedBytes: Int = 512 << 20
    ) {
        precondition(maximumBatchSize > 0 && maximumQueuedItems > 0 && maximumQueuedBytes > 0)
        precondition(maximumQueueDelay >= .zero)
        self.maximumBatchSize = maximumBatchSize
        self.maximumQueueDelay = maximumQueueDelay
        self.maximumQueuedItems = maximumQueuedItems
        self.maximumQueuedBytes = maximumQueuedBytes
    }

    /// The longest an admitted item can wait for its batch when no batch takes longer than `processing` on any of
    /// `streams` streams. `BatchFormation` derives the formula.
    public func worstCaseWait(streams: Int, processing: Duration) -> Duration {
        precondition(streams > 0)
        let batches = (maximumQueuedItems - 1) / maximumBatchSize + 1
        let rounds = (batches - 1) / streams + 1
        return max(maximumQueueDelay, processing * rounds)
    }
}
