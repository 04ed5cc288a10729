import Networks

/// The factors of squeeze-and-excitation (arXiv 1709.01507) are multiplied into the weights of the pointwise convolution that
/// follows, which are fewer than the pixels:
///
///     map ─────┐
///              ▼
///     factors ─▶ scale channels ──▶ pointwise         becomes one step
///
/// where nothing else reads the scaled map.
struct ChannelScalePass: Pass {
    static let name = "channel scales"

    func rewrite(_ graph: inout StepGraph) -> [Int] {
        graph.indices.filter { slot in
            guard let step = graph[slot], case .convolution(var convolution) = step.operation,
                convolution.isJoiningPointwise, step.layers.count == 1, let maker = graph.maker(of: step.inputs[0]),
                graph.onlyReader(of: step.inputs[0]) == slot, let scaling = graph[maker],
                case .layer(.scaleChannels) = scaling.operation
            else { return false }
            convolution.scalesChannels = true
            graph.join(
                [maker, slot],
                into: Step(
                    layers: scaling.layers + step.layers, operation: .convolution(convolution), inputs: scaling.inputs,
                    output: step.output))
            return true
        }
    }
}
