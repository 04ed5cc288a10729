/// An operation of a network as training computes it: forward, keeping what the way back needs, and back.
///
/// Every value is computed in an order that depends on shapes alone: results are the same bits for any number of threads.
protocol LayerGradient {
    /// The number of the tensor that it makes.
    var output: Int { get }
    /// The numbers of the tensors that it reads.
    var inputs: [Int] { get }
    /// The numbers of the tensors of which it reads the values on the way back.
    var valuesOnWayBack: [Int] { get }
    /// Whether it can make its output again on the way back, in one pass over what it keeps for that anyway.
    var isRepeatable: Bool { get }
    /// Whether the memory of the output's gradient becomes that of the inputs'.
    static var passesGradientOn: Bool { get }
    /// Whether it writes over the gradient of its output, of which it then needs one of its own.
    var changesGradient: Bool { get }

    /// Computes the output of a batch. Batch normalization moves its running statistics in `parameters`.
    mutating func forward(_ tape: GradientTape, _ parameters: inout [TrainingParameter])

    /// Makes the output once more, with the same bits. Only of one that is repeatable.
    func repeatForward(_ tape: GradientTape)

    /// Adds to the gradients of the inputs, and writes those of the parameters.
    ///
    /// - Parameter delta: ∂L/∂output, which is handed on or released.
    func backward(_ delta: TensorBlock, _ tape: GradientTape, _ parameters: [TrainingParameter])
}

extension LayerGradient {
    var isRepeatable: Bool { false }
    static var passesGradientOn: Bool { false }
    var changesGradient: Bool { false }

    func repeatForward(_ tape: GradientTape) { preconditionFailure("it does not say that it could") }
}
