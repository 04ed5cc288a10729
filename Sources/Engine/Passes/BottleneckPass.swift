import Networks

/// A depthwise convolution with its pointwise neighbours is done a few rows at a time, so that what lies between them stays in
/// the second-level cache and never exists as a whole (MobileNetV2's inverted residual, arXiv 1801.04381):
///
///     pointwise ──▶ depthwise ──▶ pointwise           becomes one step, as does
///     pointwise ──▶ depthwise   and   depthwise ──▶ pointwise,
///
/// where nothing else reads what lies between, that is too large for the cache by itself, and the pointwise weights, over
/// which every few rows pass, are small enough for it. Both pointwise convolutions multiply in the same numbers.
struct BottleneckPass: Pass {
    static let name = "bottlenecks"

    /// Between layers, a tensor smaller than this stays in a second-level cache by itself.
    private static let leastBytes = 128 << 10
    /// Each few rows pass over the weights of the pointwise layers: they must stay in the cache too.
    private static let mostWeightBytes = 384 << 10

    func rewrite(_ graph: inout StepGraph) -> [Int] { graph.indices.compactMap { join(around: $0, &graph) } }

    /// The slot of the bottleneck around the depthwise convolution in a slot, if it is one and worth it.
    private func join(around slot: Int, _ graph: inout StepGraph) -> Int? {
        guard let step = graph[slot], case .convolution(let depthwise) = step.operation, depthwise.joins,
            depthwise.convolution.grouping == .depthwise
        else { return nil }
        var bottleneck = BottleneckStep(depthwise: depthwise)
        var (joined, layers, inputs, output) = ([slot], step.layers, step.inputs, step.output)
        if let maker = graph.maker(of: step.inputs[0]), graph.onlyReader(of: step.inputs[0]) == slot,
            let neighbour = graph[maker], let expand = neighbour.pointwise,
            isWorthIt(expand, neighbour, between: step.inputs[0], graph)
        {
            bottleneck.expand = expand
            (joined, layers, inputs) = ([maker] + joined, neighbour.layers + layers, neighbour.inputs)
        }
        if let reader = graph.onlyReader(of: step.output), let neighbour = graph[reader],
            let project = neighbour.pointwise, isWorthIt(project, neighbour, between: step.output, graph),
            bottleneck.expand.map({ $0.isBFloat16 == project.isBFloat16 }) ?? true
        {
            bottleneck.project = project
            (joined, layers, output) = (joined + [reader], layers + neighbour.layers, neighbour.output)
        }
        guard joined.count > 1 else { return nil }
        graph.join(
            joined, into: Step(layers: layers, operation: .bottleneck(bottleneck), inputs: inputs, output: output))
        return joined.max()
    }

    private func isWorthIt(
        _ pointwise: ConvolutionStep, _ step: Step, between tensor: TensorID, _ graph: StepGraph
    ) -> Bool {
        let network = graph.network
        let weights = network[step.inputs[0]].shape.channels * network[step.output].shape.channels
        return network[tensor].size >= Self.leastBytes
            && weights * (pointwise.isBFloat16 ? 2 : 4) <= Self.mostWeightBytes
    }
}

extension Step {
    /// Its convolution, if it is a pointwise one by itself that others can join.
    fileprivate var pointwise: ConvolutionStep? {
        guard case .convolution(let convolution) = operation, convolution.isJoiningPointwise, layers.count == 1 else {
            return nil
        }
        return convolution
    }
}
