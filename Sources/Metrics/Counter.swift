import Synchronization

/// A count that only grows. Lock-free.
public final class Counter: Sendable {
    private let count = Atomic<UInt64>(0)

    /// A counter that is not registered.
    public init() {}

    /// Adds `amount`, which cannot be negative.
    public func increment(by amount: Int = 1) {
        precondition(amount >= 0, "a counter only grows")
        count.wrappingAdd(UInt64(amount), ordering: .relaxed)
    }

    /// The count so far.
    public var value: UInt64 { count.load(ordering: .relaxed) }
}
