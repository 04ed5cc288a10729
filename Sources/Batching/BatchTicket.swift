/// Names a submitted item, so that it can be cancelled. Tickets of one queue ascend in the order of submission.
public struct BatchTicket: Hashable, Comparable, Sendable {
    let number: UInt64

    /// Whether `left` was issued before `right`.
    public static func < (left: BatchTicket, right: BatchTicket) -> Bool { left.number < right.number }
}
