import Networks

/// A plain operation that the engine computes; every one is.
protocol ComputedOperation: PlainOperation {
    /// The kernel of a layer.
    ///
    /// - Parameters:
    ///   - input: The map that it reads.
    ///   - output: The map that it makes.
    ///   - values: Those of each of its parameters.
    ///   - makeTable: Keeps bytes where kernels read them: they live as long as the plan, and count as part of its memory.
    func kernel(
        input: Tensor, output: Tensor, values: [[Float]], makeTable: (UnsafeRawBufferPointer) -> AlignedMemory
    ) -> any PlainKernel
}

extension PlanCompiler {
    mutating func plain(_ operation: any PlainOperation, _ step: Step) -> PlanKernel {
        guard let computed = operation as? any ComputedOperation else {
            preconditionFailure("\(type(of: operation).kind) has no kernel")
        }
        return .plain(
            computed.kernel(
                input: network[step.inputs[0]], output: network[step.output],
                values: operation.parameters.map(network.parameters.values), makeTable: { memory(of: Array($0)) }))
    }
}
