import MultiBox
import Engine
import Networks
import TestSupport
import Testing

/// Layers that become one step of a plan: which they are, and that the plan still computes its network.
struct JoinedStepsTests {
    /// What mobile networks are made of, large enough that its blocks run in strips: a separable layer, an inverted
    /// residual with its sum, one with squeeze-and-excitation, and a sum that two convolutions feed.
    private struct MobileNetwork: ~Copyable {
        var builder: NetworkBuilder
        var generator: SeededGenerator

        init(seed: UInt64) throws {
            builder = NetworkBuilder(input: try TensorShape(height: 46, width: 38, channels: 3), element: .float32)
            generator = SeededGenerator(seed: seed)
        }

        mutating func floats(_ count: Int, _ fan: Int) -> [Float] {
            let magnitude = 1 / Float(fan).squareRoot()
            return (0..<count).map { _ in Float.random(in: -magnitude...magnitude, using: &generator) }
        }

        mutating func convolution(
            _ x: TensorID, _ channels: Int, _ window: Window, _ activation: Activation, _ name: String
        ) throws -> TensorID {
            let fan = builder[x].shape.channels * window.kernelHeight * window.kernelWidth
            return try builder.convolution(
                x,
                Convolution(
                    window: window, grouping: .dense, outputChannels: channels,
                    parameters: builder.floats(weights: floats(fan * channels, fan), bias: floats(channels, 4)),
                    activation: activation), name: name)
        }

        mutating func depthwise(_ x: TensorID, _ window: Window, _ name: String) throws -> TensorID {
            let channels = builder[x].shape.channels
            let taps = window.kernelHeight * window.kernelWidth
            return try builder.convolution(
                x,
                Convolution(
                    window: window, grouping: .depthwise, outputChannels: channels,
                    parameters: builder.floats(weights: floats(taps * channels, taps), bias: floats(channels, 4)),
                    activation: .hardSwish), name: name)
        }

        /// The network.
        consuming func network() throws -> Network {
            var x = try convolution(builder.inputTensor, 40, Window(kernel: 3, padding: 1), .relu, "stem")
            x = try depthwise(x, Window(kernel: 3, padding: 1), "a.depthwise")
            x = try convolution(x, 24, Window(kernel: 1), .none, "a.project")
            var y = try convolution(x, 72, Window(kernel: 1), .hardSwish, "b.expand")
            y = try depthwise(y, Window(kernel: 5, padding: 2), "b.depthwise")
            y = try convolution(y, 24, Window(kernel: 1), .none, "b.project")
            x = try builder.add(y, x, activation: .relu, name: "b.sum")
            y = try convolution(x, 56, Window(kernel: 1), .relu, "c.expand")
            y = try depthwise(y, Window(kernel: 3, stride: 2, padding: 1), "c.depthwise")
            let shape = builder[y].shape
            let mean = try builder.averagePooling(
                y, Window(kernelHeight: shape.height, kernelWidth: shape.width, strideY: 1, strideX: 1), name: "c.mean")
            let gate = try convolution(mean, 56, Window(kernel: 1), .hardSigmoid, "c.gate")
            y = try builder.scaleChannels(y, by: gate, name: "c.scale")
            x = try convolution(y, 32, Window(kernel: 1), .none, "c.project")
            let left = try convolution(x, 17, Window(kernel: 3, padding: 1), .none, "d.left")
            let right = try convolution(x, 17, Window(kernel: 1), .none, "d.right")
            x = try builder.add(left, right, name: "d.sum")
            y = try depthwise(x, Window(kernel: 3, padding: 1), "e.depthwise")
            return builder.build(outputs: [x, y])
        }
    }

    @Test func `what is joined is one step`() throws {
        let plan = try Plan(network: try MobileNetwork(seed: 1).network(), instructionSet: .best)
        #expect(
            plan.stepNames == [
                "stem", "a.depthwise+project", "b.expand+depthwise+project+sum", "c.expand+depthwise", "c.mean",
                "c.gate", "c.scale+project", "d.right", "d.left+sum", "e.depthwise",
            ])
    }

    @Test(arguments: 0..<4 as Range<UInt64>) func `a plan of joined steps computes its network`(seed: UInt64) throws {
        let network = try MobileNetwork(seed: seed).network()
        var generator = SeededGenerator(seed: 100 + seed)
        let images = (0..<3).map { _ in
            ReferenceInterpreter.Values.floats(
                (0..<network[network.input].shape.elementCount).map { _ in
                    Double(Float.random(in: -1...1, using: &generator))
                })
        }
        let expected = ReferenceInterpreter(network: network).run(images[1])
        for instructionSet in InstructionSet.available {
            let plan = try Plan(network: network, instructionSet: instructionSet)
            let found = PlanRun(plan, network).run(images)
            for (expected, found) in zip(expected, found[1]) {
                let scale = expected.reals.reduce(1) { max($0, abs($1)) }
                let error = zip(expected.reals, found.reals).reduce(0) { max($0, abs($1.0 - $1.1)) }
                #expect(error <= 1e-4 * scale, "\(instructionSet), error \(error) of \(scale)")
            }
            for threads in 2...4 {
                let together = PlanRun(plan, network).run(images, threads: threads)
                for (alone, together) in zip(found, together) {
                    for (alone, together) in zip(alone, together) {
                        #expect(alone.reals == together.reals, "\(instructionSet), \(threads) threads")
                    }
                }
            }
        }
    }
}
