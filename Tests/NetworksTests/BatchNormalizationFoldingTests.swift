import Networks
import TestSupport
import Testing

/// Batch normalization as part of the convolution before it.
struct BatchNormalizationFoldingTests {
    /// What normalizations can stand behind and before.
    enum Subject: String, CaseIterable, CustomTestStringConvertible {
        case dense, depthwise, withBias, rectified, curved, alone, behindActivation, readTwice, isOutput, ofOutput,
            twice

        var testDescription: String { rawValue }

        /// The kinds of the layers that are left.
        var kinds: [String] {
            switch self {
            case .dense, .withBias, .rectified, .curved: ["convolution"]
            case .depthwise, .alone: ["depthwise"]
            case .behindActivation, .twice: ["convolution", "depthwise"]
            case .readTwice, .ofOutput: ["convolution", "depthwise", "add"]
            case .isOutput: ["convolution", "activation"]
            }
        }

        func network() throws -> Network {
            var random = SeededGenerator(seed: 12)
            func floats(_ count: Int, _ range: ClosedRange<Float> = -1...1) -> [Float] {
                (0..<count).map { _ in Float.random(in: range, using: &random) }
            }
            var builder = NetworkBuilder(input: try TensorShape([5, 6, 3]), element: .float32)
            func normalized(_ builder: inout NetworkBuilder, _ x: TensorID, _ name: String = "n") throws -> TensorID {
                let channels = builder[x].shape.channels
                return try builder.batchNormalization(
                    x, scale: floats(channels), shift: floats(channels), mean: floats(channels),
                    variance: floats(channels, 0...2), name: name)
            }
            var x = builder.inputTensor
            if self != .alone {
                let channels = self == .depthwise ? 3 : 4
                let convolution = Convolution(
                    window: Window(kernel: 3, padding: 1), grouping: self == .depthwise ? .depthwise : .dense,
                    outputChannels: channels,
                    parameters: builder.floats(
                        weights: floats(27 * (self == .depthwise ? 1 : channels)),
                        bias: self == .withBias ? floats(channels) : []),
                    activation: self == .behindActivation ? .relu : .none)
                x = try builder.convolution(x, convolution, name: "c")
            }
            let y = try normalized(&builder, x)
            switch self {
            case .rectified: return builder.build(outputs: [try builder.activation(y, .relu, name: "a")])
            case .curved: return builder.build(outputs: [try builder.activation(y, .hardSwish, name: "a")])
            case .readTwice: return builder.build(outputs: [try builder.add(x, y, name: "s")])
            case .isOutput: return builder.build(outputs: [y, try builder.activation(y, .relu6, name: "a")])
            case .ofOutput: return builder.build(outputs: [x, try builder.add(y, y, name: "s")])
            case .twice: return builder.build(outputs: [try normalized(&builder, y, "m")])
            default: return builder.build(outputs: [y])
            }
        }
    }

    @Test(arguments: Subject.allCases)
    func `the function stays the same`(subject: Subject) throws {
        let network = try subject.network()
        let folded = try network.foldingBatchNormalization()
        #expect(folded.layers.map(\.operation.kind) == subject.kinds)
        #expect(folded.outputs.map { folded[$0].shape } == network.outputs.map { network[$0].shape })
        // Nothing is kept that no layer reads.
        #expect(
            folded.parameters.count == 2
                * folded.layers.count { ["convolution", "depthwise"].contains($0.operation.kind) }
                - (subject == .behindActivation || subject == .readTwice || subject == .ofOutput ? 1 : 0))
        var random = SeededGenerator(seed: 2)
        let image = ReferenceInterpreter.Values.floats(
            (0..<90).map { _ in Double(Float.random(in: -1...1, using: &random)) })
        let expected = ReferenceInterpreter(network: network).run(image)
        for (expected, found) in zip(expected, ReferenceInterpreter(network: folded).run(image)) {
            let largest = expected.reals.reduce(1) { max($0, abs($1)) }
            let error = zip(expected.reals, found.reals).reduce(0) { max($0, abs($1.0 - $1.1)) }
            #expect(error < 1e-6 * largest)
        }
    }

    @Test func `a network without it is the same one`() throws {
        let folded = try Subject.twice.network().foldingBatchNormalization()
        let again = try folded.foldingBatchNormalization()
        #expect(again.layers.map(\.output) == folded.layers.map(\.output))
    }

    @Test func `numbers that make no sense are refused by name`() throws {
        var builder = NetworkBuilder(input: try TensorShape([5, 6, 2]), element: .float32)
        func error(
            _ builder: inout NetworkBuilder, scale: [Float] = [1, 1], variance: [Float] = [1, 1],
            epsilon: Double = 1e-3, momentum: Float = 0.1
        ) -> String {
            do throws(NetworkError) {
                _ = try builder.batchNormalization(
                    builder.inputTensor, scale: scale, shift: [0, 0], mean: [0, 0], variance: variance,
                    epsilon: epsilon, momentum: momentum, name: "n")
                return ""
            } catch { return error.description }
        }
        #expect(error(&builder) == "")
        #expect(error(&builder, scale: [1]) == "layer n: scale has 1 values, expected 2")
        #expect(error(&builder, variance: [1, 1, 1]) == "layer n: variance has 3 values, expected 2")
        #expect(error(&builder, variance: [1, -1]) == "layer n: variance is negative or not finite")
        for epsilon in [0, -1, .infinity, .nan] {
            #expect(error(&builder, epsilon: epsilon) == "layer n: epsilon is not positive and finite")
        }
        for momentum in [-0.1, 1.1, .nan] as [Float] {
            #expect(error(&builder, momentum: momentum) == "layer n: momentum is not within 0 and 1")
        }
    }
}
