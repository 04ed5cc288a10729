import Engine
import Networks
import TestSupport
import Testing

/// Scaling channels between convolutions before they are quantized.
struct EqualizationTests {
    /// Weights of a convolution whose channels differ by up to 2²⁰ in size.
    private static func parameters(
        _ builder: inout NetworkBuilder, _ random: inout SeededGenerator, outputs: Int, inputs: Int, taps: Int,
        spread: (Int) -> Int
    ) -> Convolution.Parameters {
        let isDepthwise = inputs == 1
        let weights = (0..<outputs * inputs * taps).map { index in
            let channel = isDepthwise ? index % outputs : index / (inputs * taps)
            return Float(sign: .plus, exponent: spread(channel), significand: .random(in: -1...1, using: &random))
        }
        let bias = (0..<outputs).map {
            Float(sign: .plus, exponent: spread($0), significand: .random(in: -1...1, using: &random))
        }
        return builder.floats(weights: weights, bias: bias)
    }

    /// Pointwise, depthwise, pointwise, and a second reader of the depthwise one's result.
    private static func network(_ activation: Activation) throws -> Network {
        var random = SeededGenerator(seed: 3)
        var builder = NetworkBuilder(input: try TensorShape([6, 5, 3]), element: .float32)
        func spread(_ channel: Int) -> Int { channel * 5 % 21 - 10 }
        let one = Window(kernel: 1)
        let expanded = try builder.convolution(
            builder.inputTensor,
            Convolution(
                window: one, grouping: .dense, outputChannels: 16,
                parameters: parameters(&builder, &random, outputs: 16, inputs: 3, taps: 1, spread: spread),
                activation: activation
            ),
            element: .float32, name: "expand")
        let filtered = try builder.convolution(
            expanded,
            Convolution(
                window: Window(kernel: 3), grouping: .depthwise, outputChannels: 16,
                parameters: parameters(&builder, &random, outputs: 16, inputs: 1, taps: 9) { -spread($0) },
                activation: activation
            ),
            element: .float32, name: "filter")
        let ends = try ["left", "right"].map { name in
            try builder.convolution(
                filtered,
                Convolution(
                    window: one, grouping: .dense, outputChannels: 4,
                    parameters: parameters(&builder, &random, outputs: 4, inputs: 16, taps: 1) { _ in 0 },
                    activation: .none),
                element: .float32, name: name)
        }
        return builder.build(outputs: ends)
    }

    private func weights(_ network: Network, _ layer: Int) throws -> [Float] {
        guard case .convolution(let convolution) = network.layers[layer].operation,
            case .float32(let weights, _) = convolution.parameters
        else { throw CancellationError() }
        return network.parameters[weights].values
    }

    @Test(arguments: [Activation.none, .relu])
    func `the function stays the same to the last bit`(activation: Activation) throws {
        let network = try Self.network(activation)
        var random = SeededGenerator(seed: 4)
        let image = ReferenceInterpreter.Values.floats(
            (0..<6 * 5 * 3).map { _ in Double(Float.random(in: -1...1, using: &random)) })
        #expect(try weights(network.equalized(), 0) != weights(network, 0))
        for set in InstructionSet.available {
            let values = try [network, network.equalized()].map { network in
                PlanRun(try Plan(network: network, instructionSet: set), network).run([image])
            }
            #expect(values[0] == values[1], "\(set)")
        }
    }

    /// The largest weights on both sides of each channel are within a factor of four, where before there was a million.
    @Test func `channels become of like size`() throws {
        func worst(_ network: Network) throws -> Float {
            let (expand, filter) = (try weights(network, 0), try weights(network, 1))
            return (0..<16).map { channel in
                let before = expand[channel * 3..<channel * 3 + 3].map(\.magnitude).max() ?? 0
                let behind = stride(from: channel, to: 144, by: 16).map { filter[$0].magnitude }.max() ?? 0
                return max(before / behind, behind / before)
            }.max() ?? 0
        }
        let network = try Self.network(.relu)
        #expect(try worst(network) > 1e4)
        #expect(try worst(network.equalized()) <= 4)
    }

    @Test func `what clamps at a fixed value is left alone`() throws {
        let network = try Self.network(.relu6)
        for layer in 0..<4 { #expect(try weights(network.equalized(), layer) == weights(network, layer)) }
    }
}
