import TestSupport
import Datasets
import MultiBox
import Engine
import Networks
import Testing
import Training

/// Beginning with the weights of another detector.
@Suite struct InitializationTests {
    /// A detector that was trained a little.
    private func trained(_ folder: TemporaryFolder) throws -> (DetectionModel, COCODataset) {
        let dataset = try TinyDetector.dataset(folder)
        let detector = try TinyDetector.make()
        let trainer = try Trainer(detector: detector, dataset: dataset, configuration: TinyDetector.configuration())
        for _ in 0..<20 { _ = try trainer.step() }
        return (try detector.model(parameters: trainer.state.parameters, name: "a", version: "0"), dataset)
    }

    private func outputs(_ model: DetectionModel) throws -> [Double] {
        let engine = try InferenceEngine(model: model)
        let input = engine.makeInput()
        var random = RandomStream(seed: 5)
        input.withUnsafeMutableBytes { bytes in
            for index in 0..<bytes.count / 4 {
                bytes.storeBytes(of: random.number(in: -1...1), toByteOffset: index * 4, as: Float.self)
            }
        }
        let raw = engine.rawOutputs([input])[0]
        return (raw.locations + raw.scores).map(Double.init)
    }

    @Test func `the same detector, taken whole, detects the same`() throws {
        let (model, _) = try trained(try TemporaryFolder())
        let start = try TinyDetector.make(seed: 99).initialized(from: model)
        #expect(start.taken == ["c0", "c1", "d", "locations", "scores"] && start.convolutions == 5)
        let copy = try start.detector.model(parameters: start.detector.parameters, name: "b", version: "0")
        #expect(relativeDifference(try outputs(copy), try outputs(model)) < 1e-5)
    }

    @Test func `other classes have a head of their own, and other boxes both`() throws {
        let (model, _) = try trained(try TemporaryFolder())
        var other = try TinyDetector.make()
        other.model.labels = try LabelMap(names: [nil, "green", "blue"], hasBackground: true)
        #expect(try other.initialized(from: model).taken == ["c0", "c1", "d", "locations"])
        other.model.defaultBoxes = .generated(
            DefaultBoxConfiguration(
                imageWidth: 32, imageHeight: 32, maps: [.init(size: 8, minimumSizes: [9], maximumSizes: [16])]))
        #expect(try other.initialized(from: model).taken == ["c0", "c1", "d"])
    }

    @Test func `statistics that were taken stay, frozen layers do, the others learn`() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let (model, dataset) = try trained(folder)
        var detector = try TinyDetector.make()
        detector.frozen = FrozenLayers(["c*", "n0"], of: detector.model.network)
        #expect(detector.frozen.parameters == ["c0", "n0", "c1"])
        let start = try detector.initialized(from: model)
        let trainer = try Trainer(
            detector: start.detector, dataset: dataset, configuration: TinyDetector.configuration())
        for _ in 0..<3 { _ = try trainer.step() }
        for (before, after) in zip(start.detector.parameters, trainer.state.parameters) {
            let stays = before.name.hasPrefix("c") || before.name.hasPrefix("n0") || before.treatment == .statistic
            #expect((before.values == after.values) == stays, "\(before.name)")
        }
        #expect(FrozenLayers(["nothing"], of: detector.model.network) == .none)
    }

    @Test func `the gradient with fixed statistics is that of inference`() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let (model, dataset) = try trained(folder)
        let start = try TinyDetector.make(seed: 1).initialized(from: model)
        // Training computes what inference does: fixed statistics are those of the model, not those of the batch.
        var parameters = start.detector.parameters
        let interpreter = try TrainingInterpreter(
            network: start.detector.model.network, frozen: start.detector.frozen, threads: 1)
        var random = RandomStream(seed: 5)
        let input = (0..<32 * 32 * 3).map { _ in random.number(in: -1...1) }
        input.withUnsafeBufferPointer { interpreter.forward($0, images: 1, parameters: &parameters) }
        let found =
            interpreter.withOutput(0) { $0.map(Double.init) } + interpreter.withOutput(1) { $0.map(Double.init) }
        #expect(relativeDifference(found, try outputs(model)) < 1e-5)
        #expect(parameters == start.detector.parameters)
        // A small step against the gradient lowers the loss by what the gradient says.
        let trainer = try Trainer(
            detector: start.detector, dataset: dataset, configuration: TinyDetector.configuration())
        let before = try trainer.step().loss.total
        for _ in 0..<40 { _ = try trainer.step() }
        #expect(try trainer.step().loss.total < before)
    }
}
