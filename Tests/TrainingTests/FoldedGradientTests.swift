import MultiBox
import Networks
import TestSupport
import Testing
import Training

/// Convolutions with normalizations of fixed statistics are computed as one; what is frozen at the front is not gone back
/// through.
@Suite struct FoldedGradientTests {
    /// A stack of such layers, of which one is what is asked for. With `isApart` the convolutions are outputs too, so that
    /// each step is by itself.
    private func network(
        _ grouping: Convolution.Grouping, _ activation: Activation, stride: Int, hasBias: Bool, isApart: Bool
    ) throws -> Network {
        let b = TrainableNetworkBuilder(input: try TensorShape(height: 9, width: 8, channels: 4))
        var x = b.inputTensor
        var convolutions: [TensorID] = []
        let layers: [(Convolution.Grouping, Int)] = [(.dense, 12), (grouping, 12), (.dense, 5)]
        for (index, (grouping, channels)) in layers.enumerated() {
            let isAsked = index == 1
            x = try b.convolution(
                x, window: Window(kernel: 3, stride: isAsked ? stride : 1, padding: 1), grouping: grouping,
                outputChannels: channels, hasBias: hasBias && isAsked, name: "c\(index)")
            convolutions.append(x)
            x = try b.batchNormalization(x, activation: isAsked ? activation : .relu, name: "n\(index)")
        }
        return b.build(outputs: [x] + (isApart ? convolutions : []))
    }

    /// Gradients of a loss of the first output alone, with statistics that are those of nothing in particular.
    private func run(
        _ network: Network, frozen: FrozenLayers, threads: Int = 1
    ) throws -> (output: [Float], gradients: [String: [Float]]) {
        var random = RandomStream(seed: 11)
        var parameters = network.trainingParameters(frozen: frozen)
        for index in parameters.indices {
            for i in parameters[index].values.indices {
                switch network.parameters.all[index].role {
                case .normalizationVariance: parameters[index].values[i] = random.number(in: 0.5...2)
                case .weight: break
                default: parameters[index].values[i] += random.number(in: -0.4...0.4)
                }
            }
        }
        let images = 3
        let interpreter = try TrainingInterpreter(network: network, frozen: frozen, threads: threads)
        let input = (0..<images * network[network.input].shape.elementCount).map { _ in random.number(in: -1...1) }
        input.withUnsafeBufferPointer { interpreter.forward($0, images: images, parameters: &parameters) }
        let output = interpreter.withOutput(0) { Array($0) }
        var directions = [output.map { _ in random.number(in: -1...1) }]
        for other in network.outputs.dropFirst() {
            directions.append([Float](repeating: 0, count: images * network[other].shape.elementCount))
        }
        let buffers = directions.map { direction in
            let copy = UnsafeMutableBufferPointer<Float>.allocate(capacity: direction.count)
            _ = copy.initialize(from: direction)
            return UnsafeBufferPointer(copy)
        }
        defer { buffers.forEach { $0.deallocate() } }
        let gradients = interpreter.backward(outputGradients: buffers, parameters: parameters)
        return (output, Dictionary(uniqueKeysWithValues: zip(parameters.map(\.name), gradients)))
    }

    private func fixed(_ network: Network) -> FrozenLayers {
        var frozen = FrozenLayers.none
        frozen.statistics = ["n0", "n1", "n2"]
        return frozen
    }

    @Test(
        arguments: [Convolution.Grouping.dense, .depthwise],
        [Activation.none, .relu, .relu6, .hardSwish])
    func `as one they give what they give one by one`(grouping: Convolution.Grouping, activation: Activation) throws {
        for (stride, hasBias) in [(1, false), (2, true)] {
            let whole = try network(grouping, activation, stride: stride, hasBias: hasBias, isApart: false)
            let apart = try network(grouping, activation, stride: stride, hasBias: hasBias, isApart: true)
            let (found, expected) = (try run(whole, frozen: fixed(whole)), try run(apart, frozen: fixed(apart)))
            #expect(relativeDifference(found.output.map(Double.init), expected.output.map(Double.init)) < 1e-5)
            #expect(found.gradients.keys == expected.gradients.keys && found.gradients.count >= 12)
            for (name, gradient) in expected.gradients where !gradient.isEmpty {
                let difference = relativeDifference(
                    (found.gradients[name] ?? []).map(Double.init), gradient.map(Double.init))
                #expect(difference < 2e-5, "\(name), stride \(stride): \(difference)")
            }
            #expect(try run(whole, frozen: fixed(whole), threads: 3).gradients == found.gradients)
        }
    }

    @Test func `frozen layers at the front change no gradient behind them`() throws {
        let network = try network(.depthwise, .relu6, stride: 2, hasBias: true, isApart: false)
        let free = try run(network, frozen: fixed(network))
        var frozen = FrozenLayers(["c0", "n0", "c1"], of: network)
        frozen.statistics = fixed(network).statistics
        let found = try run(network, frozen: frozen)
        for (name, gradient) in found.gradients {
            let isFrozen = ["c0", "n0", "c1"].contains { name.hasPrefix($0 + ".") }
            #expect(gradient.isEmpty == (isFrozen || name.hasSuffix("mean") || name.hasSuffix("variance")), "\(name)")
            if !gradient.isEmpty { #expect(gradient == free.gradients[name], "\(name)") }
        }
        #expect(found.gradients["n1.scale"]?.isEmpty == false)
    }
}
