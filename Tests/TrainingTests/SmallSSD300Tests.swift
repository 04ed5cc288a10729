import MultiBox
import Engine
import Networks
import Testing
import Training

/// The architecture, and that inference computes what training does.
@Suite struct SmallSSD300Tests {
    @Test func `its cost and its shapes`() throws {
        let detector = try TrainableDetector(.smallSSD300(classCount: 21), labels: .pascalVOC, seed: 1)
        let network = detector.model.network
        #expect(try detector.model.defaultBoxes.boxes().count == 11634)
        #expect(network.outputs.map { network[$0].shape.dimensions } == [[11634, 4], [11634, 21]])
        let model = try detector.model(parameters: detector.parameters, name: "small", version: "0")
        #expect((600_000_000...700_000_000).contains(model.network.multiplyAdds), "\(model.network.multiplyAdds)")
        // Every normalization is folded: nothing but convolutions, sums, reshapes and joins is left.
        let kinds = Set(model.network.layers.map(\.operation.kind))
        #expect(kinds == ["convolution", "add", "reshape", "concatenation"])
        _ = try InferenceEngine(model: model)
    }

    @Test func `inference computes what training does`() throws {
        let detector = try TinyDetector.make(seed: 8)
        var parameters = detector.parameters
        var random = RandomStream(seed: 9)
        for index in parameters.indices
        where parameters[index].treatment == .scale || parameters[index].treatment == .bias {
            for i in parameters[index].values.indices { parameters[index].values[i] += random.number(in: -0.4...0.4) }
        }
        let input = (0..<32 * 32 * 3).map { _ in random.number(in: -1...1) }
        let interpreter = try TrainingInterpreter(network: detector.model.network, threads: 1)
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

    /// The order and the words of checkpoints.
    @Test func `its parameters are those of every checkpoint so far`() throws {
        let detector = try TrainableDetector(.smallSSD300(classCount: 3), labels: labels, seed: 1)
        let parameters = detector.parameters.map { "\($0.treatment.rawValue) \($0.name)" }
        #expect(
            parameters.prefix(6) == [
                "weight stem1.weight", "scale stem1.norm.scale", "bias stem1.norm.shift", "statistic stem1.norm.mean",
                "statistic stem1.norm.variance", "weight stem2.weight",
            ])
        #expect(parameters.suffix(3) == ["bias locations3.bias", "weight scores3.weight", "bias scores3.bias"])
        #expect(parameters.count == 105)
        let heads = detector.parameters.suffix(20).filter { $0.treatment == .weight }
        // Heads begin near nothing, everything else with the deviation that keeps a rectified layer's spread.
        #expect(heads.allSatisfy { deviation($0.values) < 0.011 })
        #expect((deviation(detector.parameters[5].values) - (2.0 / 144).squareRoot()).magnitude < 0.005)
    }

    private let labels: LabelMap

    init() throws { labels = try LabelMap(names: [nil, "red", "blue"], hasBackground: true) }

    private func deviation(_ values: [Float]) -> Double {
        (values.reduce(0) { $0 + Double($1) * Double($1) } / Double(values.count)).squareRoot()
    }
}
