import Networks

/// A sum is done where a convolution stores its result:
///
///     convolution or bottleneck ──┐
///                                 ▼
///     another tensor ───────────▶ add and its activation            becomes one step
///
/// where nothing else reads what is stored and the convolution has no activation of its own.
struct SumPass: Pass {
    static let name = "sums"

    func rewrite(_ graph: inout StepGraph) -> [Int] { graph.indices.compactMap { joinSum(after: $0, &graph) } }

    private func joinSum(after slot: Int, _ graph: inout StepGraph) -> Int? {
        guard var step = graph[slot], let reader = graph.onlyReader(of: step.output), let sum = graph[reader],
            case .layer(.add(let activation)) = sum.operation,
            let other = sum.inputs.first(where: { $0 != step.output })
        else { return nil }
        switch step.operation {
        case .convolution(var convolution):
            guard convolution.joins, convolution.sum == nil, convolution.convolution.activation == .none else {
                return nil
            }
            convolution.sum = activation
            step.operation = .convolution(convolution)
        case .bottleneck(var bottleneck):
            guard bottleneck.last.sum == nil, bottleneck.last.convolution.activation == .none else { return nil }
            bottleneck.last.sum = activation
            step.operation = .bottleneck(bottleneck)
        case .layer, .dequantizedActivation: return nil
        }
        step.layers += sum.layers
        step.inputs.append(other)
        step.output = sum.output
        graph.join([slot, reader], into: step)
        return reader
    }
}
