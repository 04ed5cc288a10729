import Networks

/// A curve over bytes is a table of 256 values. It costs no step of its own where
///
///     activation ── bytes ──▶ convert ──▶ floats      becomes one look-up of floats,
///
///     convolution of bytes ──▶ activation             becomes one step: whichever thread has made the results looks them
///                                                     up in their place
///
/// and nothing else reads what lies between.
struct ActivationTablePass: Pass {
    static let name = "activation tables"

    func rewrite(_ graph: inout StepGraph) -> [Int] {
        // Conversions first: their activations are then no longer there to be joined to a convolution.
        graph.indices.filter { joinConversion($0, &graph) } + graph.indices.compactMap { joinConvolution($0, &graph) }
    }

    private func joinConversion(_ slot: Int, _ graph: inout StepGraph) -> Bool {
        guard let step = graph[slot], case .layer(.convert) = step.operation,
            graph.network[step.output].element == .float32, let maker = graph.maker(of: step.inputs[0]),
            graph.onlyReader(of: step.inputs[0]) == slot, let curve = graph[maker],
            case .layer(.activation(let activation)) = curve.operation,
            graph.network[curve.output].element != .float32
        else { return false }
        graph.join(
            [maker, slot],
            into: Step(
                layers: step.layers, operation: .dequantizedActivation(activation), inputs: curve.inputs,
                output: step.output))
        return true
    }

    private func joinConvolution(_ slot: Int, _ graph: inout StepGraph) -> Int? {
        guard let step = graph[slot], case .convolution(var convolution) = step.operation,
            convolution.arithmetic == .int8, let reader = graph.onlyReader(of: step.output), let curve = graph[reader],
            case .layer(.activation(let activation)) = curve.operation
        else { return nil }
        convolution.lookup = activation
        graph.join(
            [slot, reader],
            into: Step(
                layers: step.layers + curve.layers, operation: .convolution(convolution), inputs: step.inputs,
                output: curve.output))
        return reader
    }
}
