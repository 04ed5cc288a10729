/// Why an item was answered without having been processed.
public enum SubmissionError: Error, Hashable, Sendable {
    /// `limit` items were waiting already.
    case queueFull(limit: Int)
    /// The waiting items and this one hold more than `limit` bytes.
    case queueBytesFull(limit: Int)
    /// The item's deadline passed before a stream took it.
    case deadlineExceeded
    /// The item was cancelled before a stream took it.
    case cancelled
    /// The scheduler takes no more items, or ended with this one still waiting.
    case shuttingDown
}
