/// Where a model is in its life in service. Raw values are what `/models` says.
enum ModelState: String, Sendable, Hashable, CaseIterable {
    /// It is about to be loaded for the first time.
    case loading
    /// It is warm.
    case ready
    /// It is warm, and what its file has become since cannot be used.
    case outdated

    /// What they mean, in sentences.
    static let text =
        "Where it is in its life: about to be loaded, warm, or warm while what its file has become cannot be used."
}
