import Networks

/// One step of a plan to be: what one layer does, or several that a pass joined.
struct Step {
    /// Indices of the layers of the network that it does the work of, in their order.
    var layers: [Int]
    /// What it does.
    var operation: StepOperation
    /// The tensors it reads, in the operation's order.
    var inputs: [TensorID]
    /// The tensor it makes.
    var output: TensorID
}
