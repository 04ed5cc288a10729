/// The number of a request on its connection, counted from 0.
public struct RequestID: Hashable, Sendable, Comparable {
    /// The number.
    public let number: UInt64

    /// The order in which the requests arrived, which is the order of their answers.
    public static func < (a: RequestID, b: RequestID) -> Bool { a.number < b.number }
}
