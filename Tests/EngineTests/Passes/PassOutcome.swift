/// What became of a network.
struct PassOutcome {
    /// The names of the plan's steps.
    let steps: [String]
    /// For each pass, the steps that it made or changed.
    let passes: [String: [String]]
    /// Whether the plan computes what its layers say.
    let isRight: Bool
}
