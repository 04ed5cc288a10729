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
        let (locations, scores) = try rawOutputs(model)
        return locations + scores
    }

    private func rawOutputs(_ model: DetectionModel) throws -> (locations: [Double], scores: [Double]) {
        let engine = try InferenceEngine(model: model)
        let input = engine.makeInput()
        var random = RandomStream(seed: 5)
        input.withUnsafeMutableBytes { bytes in
            for index in 0..<bytes.count / 4 {
                bytes.storeBytes(of: random.number(in: -1...1), toByteOffset: index * 4, as: Float.self)
            }
        }
        let raw = engine.rawOutputs([input])[0]
        return (raw.locations.map(Double.init), raw.scores.map(Double.init))
    }

    @Test func `the same detector, taken whole, detects the same`() throws {
        let (model, _) = try trained(try TemporaryFolder())
        let start = try TinyDetector.make(seed: 99).initialized(from: model)
        #expect(Set(start.taken) == ["c0", "c1", "d", "locations", "scores"] && start.convolutions == 5)
        #expect(start.partial.isEmpty && start.classes == ["red", "blue"])
        let copy = try start.detector.model(parameters: start.detector.parameters, name: "b", version: "0")
        #expect(relativeDifference(try outputs(copy), try outputs(model)) < 1e-5)
    }

    /// The rows of a head: for each box of a cell and each column, its weights and bias.
    private func rows(_ model: DetectionModel, _ layer: String) throws -> [[Float]] {
        func values(_ suffix: String) throws -> [Float] {
            try #require(model.network.parameters.all.first { $0.name == layer + suffix }).values
        }
        let (weights, biases) = (try values(".weight"), try values(".bias"))
        let size = weights.count / biases.count
        return biases.indices.map { weights[$0 * size..<($0 + 1) * size] + [biases[$0]] }
    }

    @Test func `heads keep the rows of classes by their names, and of boxes by their sizes`() throws {
        let (model, _) = try trained(try TemporaryFolder())
        var other = try TinyDetector.make(seed: 4)
        other.model.labels = try LabelMap(names: [nil, "Blue", "green"], hasBackground: true)
        let classes = try other.initialized(from: model)
        #expect(Set(classes.taken) == ["c0", "c1", "d", "locations"] && classes.partial == ["scores"])
        #expect(classes.classes == ["Blue"])
        let (before, there) = (try rows(other.model, "scores"), try rows(model, "scores"))
        let here = try rows(classes.detector.model, "scores")
        // Of both boxes of a cell: the background's row, blue's, which was the third, and none of green.
        #expect(here == [there[0], there[2], before[2], there[3], there[5], before[5]])
        #expect(try rows(classes.detector.model, "locations") == rows(model, "locations"))
        func sizes(_ smallest: Float, _ largest: Float) throws -> TrainableDetector.Initialization {
            other.model.defaultBoxes = .generated(
                DefaultBoxConfiguration(
                    imageWidth: 32, imageHeight: 32,
                    maps: [.init(size: 8, minimumSizes: [smallest], maximumSizes: [largest])]))
            return try other.initialized(from: model)
        }
        let boxes = try sizes(8, 24)
        #expect(Set(boxes.taken) == ["c0", "c1", "d"] && boxes.partial == ["locations", "scores"])
        #expect(
            try rows(boxes.detector.model, "scores") == [
                there[0], there[2], before[2], before[3], before[4], before[5],
            ])
        #expect(try rows(boxes.detector.model, "locations")[..<4] == rows(model, "locations")[..<4])
        #expect(try rows(boxes.detector.model, "locations")[4...] == rows(other.model, "locations")[4...])
        #expect(try Set(sizes(9, 16).taken) == ["c0", "c1", "d"] && sizes(9, 16).partial.isEmpty)
    }

    @Test func `a detector with a map more keeps all of one without`() throws {
        func detector(_ architecture: SSDArchitecture, seed: UInt64) throws -> TrainableDetector {
            try TrainableDetector(
                .published(architecture, classCount: 3),
                labels: LabelMap(names: [nil, "red", "blue"], hasBackground: true), seed: seed)
        }
        let plain = try detector(.ssdliteMobileNetV2, seed: 1)
        let model = try plain.model(parameters: plain.parameters, name: "a", version: "0")
        let start = try detector(.ssdliteMobileNetV2FPN, seed: 2).initialized(from: model)
        #expect(start.partial.isEmpty && start.classes == ["red", "blue"])
        let layers = start.detector.model.network.layers
        let new = layers.filter { layer in
            if case .convolution = layer.operation { !start.taken.contains(layer.name) } else { false }
        }
        #expect(new.map(\.name) == ["lateral", "loc.fine.depthwise", "loc.fine", "conf.fine.depthwise", "conf.fine"])
        // The fine map's boxes are the first, and what follows them is as it was.
        let copy = try start.detector.model(parameters: start.detector.parameters, name: "b", version: "0")
        let (there, here) = (try rawOutputs(model), try rawOutputs(copy))
        #expect(here.locations.count - there.locations.count == 40 * 40 * 6 * 4)
        #expect(relativeDifference(Array(here.locations.suffix(there.locations.count)), there.locations) < 1e-4)
        #expect(relativeDifference(Array(here.scores.suffix(there.scores.count)), there.scores) < 1e-4)
    }

    @Test func `offsets that are coded otherwise mean something else`() throws {
        var (model, _) = try trained(try TemporaryFolder())
        model.coder = .torchvision
        let start = try TinyDetector.make().initialized(from: model)
        #expect(Set(start.taken) == ["c0", "c1", "d", "scores"] && start.partial.isEmpty)
    }

    @Test func `a run's parameters are taken as a model's are, its heads by what it was trained on`() throws {
        let folder = try TemporaryFolder()
        let dataset = try TinyDetector.dataset(folder)
        let earlier = try TinyDetector.make()
        let trainer = try Trainer(detector: earlier, dataset: dataset, configuration: TinyDetector.configuration())
        _ = try trainer.step()
        var other = try TinyDetector.make(seed: 9)
        let whole = other.initialized(from: trainer.state, of: earlier.model)
        #expect(Set(whole.taken) == ["c0", "c1", "d", "locations", "scores"] && whole.convolutions == 5)
        #expect(whole.normalizations == ["n0", "n1", "m"])
        #expect(whole.detector.parameters.map(\.values) == trainer.state.bestParameters.map(\.values))
        let unknown = other.initialized(from: trainer.state, of: nil)
        #expect(Set(unknown.taken) == ["c0", "c1", "d"] && unknown.partial.isEmpty)
        other.model.labels = try LabelMap(names: [nil, "red", "green"], hasBackground: true)
        let part = other.initialized(from: trainer.state, of: earlier.model)
        #expect(part.partial == ["scores"] && part.classes == ["red"])
    }

    @Test func `a photo is seen as by whoever gave the layers`() throws {
        var (model, _) = try trained(try TemporaryFolder())
        model.preprocessing.channelOrder = .bgr
        model.preprocessing.interpolation = .antialiased
        model.preprocessing.normalization = .affine(scale: [1, 1, 1], bias: [-104, -117, -123])
        #expect(try TinyDetector.make().initialized(from: model).detector.model.preprocessing == model.preprocessing)
        // Nothing was taken, so that nothing changes.
        var foreign = try TinyDetector.make()
        let own = foreign.model.preprocessing
        struct Nothing: ParameterSource {
            func values(of parameter: ParameterDescription) throws(NetworkError) -> [Float] {
                throw .missingParameter(name: parameter.name)
            }
        }
        foreign = try foreign.initialized(fromBackbone: Nothing(), preprocessing: model.preprocessing).detector
        #expect(foreign.model.preprocessing == own)
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
