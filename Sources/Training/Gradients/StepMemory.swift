import Networks

/// The memory that the tensors of a step of training take, by the rules of `StepTensors`, without any of it being taken.
package struct StepMemory {
    /// Floats of values and gradients for each image of a batch.
    let floatsPerImage: Int
    /// Bytes of values and gradients for each image of a batch.
    package var bytesPerImage: Int { 4 * floatsPerImage }

    /// The memory of a network's training.
    ///
    /// - Throws: as `TrainingInterpreter` for one that cannot be trained.
    package init(_ network: Network, frozen: FrozenLayers = .none) throws(NetworkError) {
        let plan = try GradientSteps(network, frozen: frozen)
        self.init(
            plan, ValueLifetimes(plan, network, largeElements: ValueLifetimes.largeElements), network)
    }

    /// The memory of a network's steps.
    init(_ plan: GradientSteps, _ lifetimes: ValueLifetimes, _ network: Network) {
        var tensors = StepTensors(plan)
        _ = tensors.makeValue(network.input.index)
        for (step, ending) in zip(plan.steps, lifetimes.endingForward) {
            if step is IdentityGradient {
                tensors.share(step.inputs[0], as: step.output)
            } else {
                _ = tensors.makeValue(step.output)
            }
            for tensor in ending { tensors.releaseValue(tensor) }
        }
        for output in network.outputs { _ = tensors.gradient(output.index) }
        for tensor in lifetimes.endingBetween { tensors.releaseValue(tensor) }
        for (index, step) in plan.steps.enumerated().reversed() {
            for earlier in lifetimes.repeatedBefore[index] { _ = tensors.makeValue(plan.steps[earlier].output) }
            Self.goBack(through: step, &tensors)
            for tensor in lifetimes.endingBackward[index] { tensors.releaseValue(tensor) }
        }
        floatsPerImage = tensors.size
    }

    private static func goBack(through step: any LayerGradient, _ tensors: inout StepTensors) {
        guard let delta = tensors.takeGradient(step.output) else { return }
        guard tensors.needsGradient[step.output] else { return tensors.release(delta) }
        guard type(of: step).passesGradientOn else {
            let own = step.changesGradient ? tensors.exclusive(delta).block : delta
            for input in step.inputs where tensors.needsGradient[input] { _ = tensors.gradient(input) }
            return tensors.release(own)
        }
        var own = delta
        if step.inputs.count > 1 {
            own.owners += step.inputs.count - 1
        } else if !(step is IdentityGradient) {
            own = tensors.exclusive(delta).block
        }
        for input in step.inputs.reversed() { _ = tensors.hand(own, to: input) }
    }
}
