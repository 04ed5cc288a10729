import Networks

/// Something that makes a network's steps fewer or faster without changing what they compute, but for rounding where it says
/// so.
protocol Pass {
    /// What it is called in tables.
    static var name: String { get }

    /// Rewrites the steps.
    ///
    /// - Returns: the slots of the steps that it made or changed.
    func rewrite(_ graph: inout StepGraph) -> [Int]
}
