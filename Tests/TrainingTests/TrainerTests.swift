import TestSupport
import Datasets
import Images
import MultiBox
import Networks
import Testing
import Training

/// Whole runs on a tiny detector.
@Suite struct TrainerTests {
    private func run(_ trainer: Trainer, steps: Int) throws -> [StepResult] {
        try (0..<steps).map { _ in try trainer.step() }
    }

    @Test func `a run that was interrupted goes on bit for bit, on any number of threads`() throws {
        let folder = try TemporaryFolder()
        let dataset = try TinyDetector.dataset(folder)
        let detector = try TinyDetector.make()
        let augmentation = Augmentation(transposition: Transposition(), mosaic: Mosaic())
        let whole = try Trainer(
            detector: detector, dataset: dataset,
            configuration: TinyDetector.configuration(augmentation: augmentation))
        let expected = try run(whole, steps: 7)
        let part = try Trainer(
            detector: detector, dataset: dataset,
            configuration: TinyDetector.configuration(threads: 3, augmentation: augmentation))
        var found = try run(part, steps: 3)
        let path = folder.path + "/checkpoint.safetensors"
        try Checkpoint.write(part.state, to: path)
        let resumed = try Trainer(
            detector: detector, dataset: dataset,
            configuration: TinyDetector.configuration(threads: 2, augmentation: augmentation),
            resuming: try Checkpoint.read(path))
        found += try run(resumed, steps: 4)
        #expect(found == expected)
        #expect(resumed.state == whole.state)
    }

    @Test func `seeds differ, and one seed does not`() throws {
        let folder = try TemporaryFolder()
        let dataset = try TinyDetector.dataset(folder)
        func losses(_ seed: UInt64) throws -> [StepResult] {
            var configuration = TinyDetector.configuration()
            configuration.seed = seed
            return try run(
                try Trainer(
                    detector: try TinyDetector.make(seed: seed), dataset: dataset, configuration: configuration),
                steps: 2)
        }
        #expect(try losses(1) == losses(1))
        #expect(try losses(1) != losses(2))
    }

    @Test func `what does not fit is refused`() throws {
        let folder = try TemporaryFolder()
        let dataset = try TinyDetector.dataset(folder, count: 3)
        let detector = try TinyDetector.make()
        func message(_ body: () throws -> Void) -> String {
            do {
                try body()
                return ""
            } catch { return "\(error)" }
        }
        #expect(
            message {
                _ = try Trainer(detector: detector, dataset: dataset, configuration: TinyDetector.configuration())
            } == "the dataset has 3 photos, fewer than the batch size of 4")
        try folder.write(
            "crowd.json",
            """
            {"images":[{"id":1,"file_name":"1.png","width":48,"height":40}],"annotations":[{"id":1,"image_id":1,\
            "category_id":1,"bbox":[0,0,9,9],"iscrowd":1}],"categories":[{"id":1,"name":"red"},{"id":2,"name":"blue"}]}
            """)
        let crowd = try COCODataset(annotations: folder.path + "/crowd.json", images: folder.path + "/images")
        #expect(
            message {
                var configuration = TinyDetector.configuration()
                configuration.batchSize = 1
                _ = try Trainer(detector: detector, dataset: crowd, configuration: configuration)
            } == "none of the 1 photos to train on shows an object")
        let twins = TrainableNetworkBuilder(input: try TensorShape(height: 32, width: 32, channels: 3))
        var outputs: [TensorID] = []
        for columns in [4, 3] {
            let head = try twins.convolution(
                twins.inputTensor, window: Window(kernel: 4, stride: 4), outputChannels: 2 * columns, name: "twin")
            outputs.append(try twins.layer(.reshape, [head], shape: [128, columns], name: "rows"))
        }
        var twin = detector
        twin.model.network = twins.build(outputs: outputs)
        #expect(
            message {
                var configuration = TinyDetector.configuration()
                configuration.batchSize = 1
                _ = try Trainer(detector: twin, dataset: dataset, configuration: configuration)
            } == "the network cannot be trained: two of its parameters are called twin.weight")
        var other = detector
        other.model.labels = .pascalVOC
        #expect(
            message {
                _ = try Trainer(detector: other, dataset: dataset, configuration: TinyDetector.configuration())
            }.contains("classes are not those"))
        let whole = try TinyDetector.dataset(folder)
        let configuration = TinyDetector.configuration()
        let trainer = try Trainer(detector: detector, dataset: whole, configuration: configuration)
        var changed = configuration
        changed.averageDecay = nil
        #expect(
            message {
                _ = try Trainer(detector: detector, dataset: whole, configuration: changed, resuming: trainer.state)
            }.contains("the running average differs"))
        var state = trainer.state
        state.parameters[0].name = "another"
        #expect(
            message {
                _ = try Trainer(detector: detector, dataset: whole, configuration: configuration, resuming: state)
            }.contains("not those of the network"))
    }

    @Test func `a photo that is gone is named, and a rate too high is found out`() throws {
        let folder = try TemporaryFolder()
        let dataset = try TinyDetector.dataset(folder)
        let detector = try TinyDetector.make()
        var configuration = TinyDetector.configuration()
        configuration.schedule = LearningRateSchedule(base: 1e30)
        configuration.clipping = nil
        let trainer = try Trainer(detector: detector, dataset: dataset, configuration: configuration)
        let error = #expect(throws: TrainerError.self) { _ = try run(trainer, steps: 20) }
        guard case .diverged? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        for id in 1...10 { try folder.write("images/\(id).png", "no picture") }
        let second = try Trainer(detector: detector, dataset: dataset, configuration: TinyDetector.configuration())
        let damaged = #expect(throws: TrainerError.self) { _ = try second.step() }
        #expect(damaged.map { "\($0)".contains(".png") } == true)
        #expect(second.state.step == 0)
    }
}
