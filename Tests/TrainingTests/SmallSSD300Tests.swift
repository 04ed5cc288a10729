import MultiBox
import Engine
import Networks
import Testing
import Training

/// The architecture, and that inference computes what training does.
@Suite struct SmallSSD300Tests {
    @Test func `its cost and its shapes`() throws {
        let detector = try SmallSSD300.detector(labels: .pascalVOC)
        let boxes = try DefaultBoxGenerator(detector.defaultBoxes).boxes()
        #expect(boxes.count == 11634)
        #expect(detector.graph.outputs.map { detector.graph[$0].dimensions } == [[11634, 4], [11634, 21]])
        let model = try detector.model(
            parameters: detector.graph.initialParameters(seed: 1), name: "small", version: "0")
        #expect((600_000_000...700_000_000).contains(model.network.multiplyAdds), "\(model.network.multiplyAdds)")
        // Every normalization is folded: nothing but convolutions, sums, reshapes and joins is left.
        let kinds = Set(model.network.layers.map(\.operation.kind))
        #expect(kinds == ["convolution", "add", "reshape", "concatenation"])
        _ = try InferenceEngine(model: model)
    }

    @Test func `inference computes what training does`() throws {
        let detector = try TinyDetector.make()
        let graph = detector.graph
        var parameters = graph.initialParameters(seed: 8)
        var random = RandomStream(seed: 9)
        for index in parameters.indices where parameters[index].role == .scale || parameters[index].role == .bias {
            for i in parameters[index].values.indices { parameters[index].values[i] += random.number(in: -0.4...0.4) }
        }
        let input = (0..<32 * 32 * 3).map { _ in random.number(in: -1...1) }
        let interpreter = TrainingInterpreter(graph: graph, threads: 1)
        // Running statistics approach those of this one image; those of inference are then the same, but for the
        // unbiased variance of m pixels, which is m / (m − 1) of the other.
        for _ in 0..<200 {
            input.withUnsafeBufferPointer { interpreter.forward($0, images: 1, parameters: &parameters) }
        }
        for (name, pixels) in [("n0", 256), ("n1", 64), ("m", 64)] {
            let index = try #require(parameters.firstIndex { $0.name == name + ".variance" })
            for i in parameters[index].values.indices {
                parameters[index].values[i] *= Float(pixels - 1) / Float(pixels)
            }
        }
        let engine = try InferenceEngine(
            model: try detector.model(parameters: parameters, name: "tiny", version: "0"))
        let engineInput = engine.makeInput()
        engineInput.withUnsafeMutableBytes { $0.copyBytes(from: input.withUnsafeBytes { Array($0) }) }
        let outputs = engine.rawOutputs([engineInput])[0]
        let locations = interpreter.withOutput(0) { $0.map(Double.init) }
        let scores = interpreter.withOutput(1) { $0.map(Double.init) }
        #expect(locations.contains { $0.magnitude > 0.01 } && scores.contains { $0.magnitude > 0.01 })
        #expect(relativeDifference(outputs.locations.map(Double.init), locations) < 1e-5)
        #expect(relativeDifference(outputs.scores.map(Double.init), scores) < 1e-5)
    }

    @Test func `a normalization that cannot be folded becomes a layer`() throws {
        var b = TrainingGraphBuilder(input: try TensorShape(height: 4, width: 4, channels: 2))
        let x = try b.convolution(b.inputTensor, window: Window(kernel: 1), outputChannels: 2, name: "c")
        let y = try b.batchNormalization(x, name: "n")
        let z = try b.batchNormalization(b.inputTensor, name: "i")
        let graph = b.build(outputs: [x, y, z])
        let network = try graph.network(parameters: graph.initialParameters(seed: 1))
        #expect(network.layers.map(\.operation.kind) == ["convolution", "depthwise", "depthwise"])
    }

    @Test func `what makes no sense is refused`() throws {
        var b = TrainingGraphBuilder(input: try TensorShape(height: 8, width: 8, channels: 3))
        let x = b.inputTensor
        #expect(throws: NetworkError.self) {
            try b.convolution(x, window: Window(kernel: 9), outputChannels: 2, name: "large")
        }
        #expect(throws: NetworkError.self) {
            try b.convolution(x, window: Window(kernel: 3, stride: 2, dilation: 2), outputChannels: 2, name: "both")
        }
        #expect(throws: NetworkError.self) {
            try b.convolution(x, window: Window(kernel: 3), grouping: .depthwise, outputChannels: 4, name: "four")
        }
        #expect(throws: NetworkError.self) { try b.activation(x, .sigmoid, name: "sigmoid") }
        #expect(throws: NetworkError.self) { try b.maxPooling(x, Window(kernel: 2, padding: 2), name: "padding") }
        #expect(throws: NetworkError.self) { try b.concatenation([], axis: 0, name: "none") }
        #expect(throws: NetworkError.self) { try b.reshape(x, to: TensorShape([5]), name: "five") }
    }
}
