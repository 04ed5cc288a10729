import Networks

/// A plain operation that has a gradient; every one has.
protocol DifferentiableOperation: PlainOperation {
    /// What computes it forward and back between the tensors of these numbers.
    func gradient(input: Int, output: Int) -> any LayerGradient
}
