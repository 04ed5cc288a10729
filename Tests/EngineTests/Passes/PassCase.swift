import Engine
import Networks
import TestSupport

/// A small network for the tests of passes: layers with weights of no meaning over a map that is too large for a cache.
struct PassCase: ~Copyable {
    var builder: NetworkBuilder
    private var generator = SeededGenerator(seed: 1)

    /// A network over a map of `extent`² pixels and `channels` channels, of floats or of bytes.
    init(extent: Int = 64, channels: Int = 16, element: ElementType = .float32) throws {
        builder = NetworkBuilder(
            input: try TensorShape(height: extent, width: extent, channels: channels), element: element)
    }

    private mutating func floats(_ count: Int) -> [Float] {
        (0..<count).map { _ in .random(in: -0.2...0.2, using: &generator) }
    }

    /// A float convolution of stride 1 that keeps the extent.
    mutating func convolution(
        _ x: TensorID, _ channels: Int, kernel: Int = 1, _ activation: Activation = .none, name: String
    ) throws -> TensorID {
        let count = builder[x].shape.channels * kernel * kernel * channels
        return try builder.convolution(
            x,
            Convolution(
                window: Window(kernel: kernel, padding: kernel / 2), grouping: .dense, outputChannels: channels,
                parameters: builder.floats(weights: floats(count), bias: floats(channels)), activation: activation),
            name: name)
    }

    /// A float depthwise convolution of 3×3.
    mutating func depthwise(
        _ x: TensorID, _ activation: Activation = .relu6, name: String
    ) throws -> TensorID {
        let channels = builder[x].shape.channels
        return try builder.convolution(
            x,
            Convolution(
                window: Window(kernel: 3, padding: 1), grouping: .depthwise, outputChannels: channels,
                parameters: builder.floats(weights: floats(9 * channels), bias: floats(channels)),
                activation: activation),
            name: name)
    }

    /// An 8-bit pointwise convolution.
    mutating func bytes(_ x: TensorID, _ channels: Int, _ element: ElementType, _ name: String) throws -> TensorID {
        let weights = (0..<builder[x].shape.channels * channels).map { _ in
            Int8.random(in: -100...100, using: &generator)
        }
        return try builder.convolution(
            x,
            Convolution(
                window: Window(kernel: 1), grouping: .dense, outputChannels: channels,
                parameters: .int8(weights: weights, zeroPoint: 0, scales: [0.01], bias: []), activation: .none),
            element: element, name: name)
    }

    /// The plan of the network, once it is known to compute what its layers say.
    consuming func plan(
        outputs: [TensorID], instructionSet: InstructionSet = .best, precision: FloatPrecision = .fp32,
        tolerance: Double = 1e-4
    ) throws -> PassOutcome {
        let network = builder.build(outputs: outputs)
        let plan = try Plan(network: network, instructionSet: instructionSet, precision: precision)
        var generator = SeededGenerator(seed: 2)
        let count = network[network.input].shape.elementCount
        let input: ReferenceInterpreter.Values =
            network[network.input].element == .float32
            ? .floats((0..<count).map { _ in Double(Float.random(in: -1...1, using: &generator)) })
            : .bytes((0..<count).map { _ in .random(in: 0...255, using: &generator) })
        let expected = ReferenceInterpreter(network: network).run(input)
        let found = PlanRun(plan, network).run([input])[0]
        let errors = zip(expected, found).map { expected, found in
            let scale = expected.reals.reduce(1) { max($0, abs($1)) }
            return zip(expected.reals, found.reals).reduce(0) { max($0, abs($1.0 - $1.1)) } / scale
        }
        return PassOutcome(
            steps: plan.stepNames,
            passes: Dictionary(uniqueKeysWithValues: plan.passes.map { ($0.pass, $0.steps) }),
            isRight: errors.allSatisfy { $0 <= tolerance })
    }
}
