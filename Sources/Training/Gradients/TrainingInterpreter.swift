import Networks
import Platform

/// Runs a network of floats forward, keeping what the gradient needs, and backward.
///
/// States: *empty* → `forward` → *ran* (outputs can be read) → `backward` → *empty*, any number of times; `forward` may
/// follow at any time. Values are kept until nothing reads them any more. Every one is computed in an order that depends on
/// shapes alone: results are the same bits for any number of threads.
///
/// Not `Sendable`: one trainer owns it.
public final class TrainingInterpreter {
    /// What is run.
    public let network: Network
    private var steps: [any LayerGradient]
    private let lifetimes: ValueLifetimes
    private let tape: GradientTape
    private let simulation: ByteSimulation
    /// Whether batches from now on are computed as an 8-bit network would, but for the size of its numbers.
    public var simulatesBytes = false
    /// What the last batch ran with, where that was simulated.
    private var rounded: [TrainingParameter]?

    /// An interpreter of a network.
    ///
    /// - Parameter frozen: Of which batch normalizations the statistics stay as they are.
    /// - Throws: `NetworkError` with the layer that cannot be trained, such as one of bytes.
    public convenience init(
        network: Network, frozen: FrozenLayers = .none, threads: Int = AvailableProcessors.count
    ) throws(NetworkError) {
        try self.init(
            network: network, frozen: frozen, threads: threads, largeElements: ValueLifetimes.largeElements)
    }

    /// - Parameter largeElements: Elements for one image from which on maps are not kept, where they can be made again.
    package init(
        network: Network, frozen: FrozenLayers = .none, threads: Int = AvailableProcessors.count, largeElements: Int
    ) throws(NetworkError) {
        precondition(threads >= 1)
        self.network = network
        let plan = try GradientSteps(network, frozen: frozen)
        steps = plan.steps
        lifetimes = ValueLifetimes(plan, network, largeElements: largeElements)
        tape = GradientTape(plan, StepMemory(plan, lifetimes, network), threads: threads)
        simulation = ByteSimulation(network)
    }

    /// Bytes that the values and gradients took for each image.
    package var tensorBytesPerImage: Int { tape.bytesPerImage }

    /// The values of an output after `forward`, `[images, …]`.
    public func withOutput<R>(_ index: Int, _ body: (UnsafeBufferPointer<Float>) throws -> R) rethrows -> R {
        let tensor = network.outputs[index].index
        return try body(UnsafeBufferPointer(start: tape.value(tensor), count: tape.count(tensor)))
    }

    /// Runs the network on a batch, with the batch's own statistics, which move the running ones in `parameters`.
    ///
    /// - Parameters:
    ///   - input: `[images, height, width, channels]`.
    ///   - parameters: Those of the network, in its order.
    public func forward(_ input: UnsafeBufferPointer<Float>, images: Int, parameters: inout [TrainingParameter]) {
        precondition(parameters.count == network.parameters.count, "the parameters of the network")
        tape.begin(images: images)
        precondition(images >= 1 && input.count == tape.count(network.input.index), "whole images")
        let target = tape.makeValue(network.input.index)
        if let source = input.baseAddress { tape.copy(source, to: target, input.count) }
        guard simulatesBytes else {
            rounded = nil
            for index in steps.indices {
                steps[index].forward(tape, &parameters)
                tape.releaseValues(lifetimes.endingForward[index])
            }
            return
        }
        var rounded = simulation.rounded(parameters)
        for index in steps.indices {
            steps[index].forward(tape, &rounded)
            simulation.round(steps[index].output, tape)
            tape.releaseValues(lifetimes.endingForward[index])
        }
        for index in parameters.indices where parameters[index].treatment == .statistic {
            parameters[index].values = rounded[index].values
        }
        self.rounded = rounded
    }

    /// The gradient of a loss by every parameter, from its gradient by the outputs of the last `forward`.
    ///
    /// - Parameters:
    ///   - outputGradients: For each output, `[images, …]`.
    ///   - parameters: Those of the last `forward`.
    /// - Returns: an array for each parameter, empty for those that are not trained.
    public func backward(outputGradients: [UnsafeBufferPointer<Float>], parameters: [TrainingParameter]) -> [[Float]] {
        precondition(tape.images > 0 && outputGradients.count == network.outputs.count, "a gradient for each output")
        tape.parameterGradients = parameters.map { _ in [] }
        for (output, gradient) in zip(network.outputs, outputGradients) {
            precondition(gradient.count == tape.count(output.index), "whole outputs")
            guard let source = gradient.baseAddress else { continue }
            let (target, isNew) = tape.gradient(output.index)
            if isNew {
                tape.copy(source, to: target, gradient.count)
            } else {
                tape.add(source, to: target, gradient.count)
            }
        }
        tape.releaseValues(lifetimes.endingBetween)
        let used = rounded ?? parameters
        for (index, step) in steps.enumerated().reversed() {
            for earlier in lifetimes.repeatedBefore[index] {
                steps[earlier].repeatForward(tape)
                if rounded != nil { simulation.round(steps[earlier].output, tape) }
            }
            if let delta = tape.takeGradient(step.output) {
                if tape.needsGradient(step.output) {
                    step.backward(delta, tape, used)
                } else {
                    tape.release(delta)
                }
            }
            tape.releaseValues(lifetimes.endingBackward[index])
        }
        if let unread = tape.takeGradient(network.input.index) { tape.release(unread) }
        defer { tape.parameterGradients = [] }
        // What no output depends on has not been written.
        for (index, parameter) in parameters.enumerated()
        where parameter.treatment.isTrained && tape.parameterGradients[index].isEmpty {
            tape.parameterGradients[index] = [Float](repeating: 0, count: parameter.values.count)
        }
        return tape.parameterGradients
    }
}
