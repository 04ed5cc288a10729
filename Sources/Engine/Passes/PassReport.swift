/// What a pass did to the steps of a network, for people.
public struct PassReport: Sendable {
    /// The pass: `sums`, `bottlenecks`.
    public let pass: String
    /// The names of the steps that it made or changed, as they were called after it.
    public let steps: [String]
}
