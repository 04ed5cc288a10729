/// The memory that a plan needs, in bytes, known before any is taken.
struct PlanMemory: Equatable {
    /// The parameters as a file has them. They are needed until the weights are packed.
    var parameters: Int
    /// All packed weights.
    var weights: Int
    /// What the steps read beside packed weights.
    var tables: Int
    /// One image's tensors.
    var arena: Int
    /// What a thread writes down while it computes a step.
    var scratch: Int
    /// The places of one image's tensors.
    var pointers: Int
}
