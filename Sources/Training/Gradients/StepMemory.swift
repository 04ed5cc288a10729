import Networks

/// The memory that the tensors of a step of training take, by the rules of `GradientTape`, without any of it being taken.
package struct StepMemory {
    /// Bytes of values and gradients for each image of a batch.
    package private(set) var bytesPerImage = 0

    /// A gradient: its elements for one image, and how many tensors have it.
    private final class Gradient {
        let count: Int
        var owners = 1

        init(count: Int) { self.count = count }
    }

    private var gradients: [Int: Gradient] = [:]
    /// How many are free, by their elements.
    private var free: [Int: Int] = [:]
    private let needed: [Bool]

    /// The memory of a network's training.
    ///
    /// - Throws: as `TrainingInterpreter` for one that cannot be trained.
    package init(_ network: Network, frozen: FrozenLayers = .none) throws(NetworkError) {
        let plan = try GradientSteps(network, frozen: frozen)
        needed = plan.needsGradient
        var values: Set<Int> = [network.input.index]
        for step in plan.steps where !(step is IdentityGradient) { values.insert(step.output) }
        for tensor in values { bytesPerImage += 4 * plan.shapes[tensor].elementCount }
        for output in network.outputs where gradients[output.index] == nil {
            gradients[output.index] = make(plan.shapes[output.index].elementCount)
        }
        for step in plan.steps.reversed() { goBack(through: step, plan.shapes) }
    }

    private mutating func goBack(through step: any LayerGradient, _ shapes: [TensorShape]) {
        guard let delta = gradients.removeValue(forKey: step.output) else { return }
        guard needed[step.output] else { return release(delta) }
        guard type(of: step).passesGradientOn else {
            let own = step.changesGradient ? exclusive(delta) : delta
            for input in step.inputs where needed[input] && gradients[input] == nil {
                gradients[input] = make(shapes[input].elementCount)
            }
            return release(own)
        }
        var own = delta
        if step.inputs.count > 1 {
            own.owners += step.inputs.count - 1
        } else if !(step is IdentityGradient) {
            own = exclusive(delta)
        }
        for input in step.inputs { hand(own, to: input) }
    }

    private mutating func make(_ count: Int) -> Gradient {
        if let number = free[count], number > 0 { free[count] = number - 1 } else { bytesPerImage += 4 * count }
        return Gradient(count: count)
    }

    private mutating func release(_ gradient: Gradient) {
        gradient.owners -= 1
        if gradient.owners == 0 { free[gradient.count, default: 0] += 1 }
    }

    private mutating func exclusive(_ gradient: Gradient) -> Gradient {
        guard gradient.owners > 1 else { return gradient }
        let own = make(gradient.count)
        release(gradient)
        return own
    }

    private mutating func hand(_ gradient: Gradient, to tensor: Int) {
        guard needed[tensor] else { return release(gradient) }
        guard let existing = gradients[tensor] else { return gradients[tensor] = gradient }
        gradients[tensor] = exclusive(existing)
        release(gradient)
    }
}
