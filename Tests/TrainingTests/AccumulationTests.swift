import Networks
import TestSupport
import Testing
import Training

/// A batch in parts is the same batch.
@Suite struct AccumulationTests {
    @Test(arguments: [2, 4])
    func `parts of a batch have its loss and its gradient`(parts: Int) throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let dataset = try TinyDetector.dataset(folder)
        // With statistics of its own, a part would be normalized by them.
        var detector = try TinyDetector.make()
        detector.frozen.statistics = ["n0", "n1", "m"]
        var configuration = TinyDetector.configuration()
        let whole = try Trainer(detector: detector, dataset: dataset, configuration: configuration)
        configuration.accumulation = parts
        let accumulated = try Trainer(detector: detector, dataset: dataset, configuration: configuration)
        for _ in 0..<3 {
            let (a, b) = (try whole.step(), try accumulated.step())
            #expect(a.loss.positives == b.loss.positives && a.loss.negatives == b.loss.negatives)
            #expect(abs(a.loss.total / b.loss.total - 1) < 1e-5 && abs(a.gradientNorm / b.gradientNorm - 1) < 1e-4)
        }
        for (a, b) in zip(whole.state.parameters, accumulated.state.parameters) {
            #expect(relativeDifference(b.values.map(Double.init), a.values.map(Double.init)) < 1e-4, "\(a.name)")
        }
    }

    @Test func `parts are the same bits for any number of threads, and go on after an interruption`() throws {
        let folder = try TemporaryFolder()
        let dataset = try TinyDetector.dataset(folder)
        let detector = try TinyDetector.make()
        func trainer(_ threads: Int, resuming state: TrainingState? = nil) throws -> Trainer {
            var configuration = TinyDetector.configuration(threads: threads)
            configuration.accumulation = 2
            return try Trainer(detector: detector, dataset: dataset, configuration: configuration, resuming: state)
        }
        let whole = try trainer(1)
        for _ in 0..<4 { _ = try whole.step() }
        let part = try trainer(3)
        for _ in 0..<2 { _ = try part.step() }
        try Checkpoint.write(part.state, to: folder.path + "/checkpoint.safetensors")
        let resumed = try trainer(2, resuming: try Checkpoint.read(folder.path + "/checkpoint.safetensors"))
        for _ in 0..<2 { _ = try resumed.step() }
        #expect(resumed.state == whole.state)
    }

    @Test func `parts that are not equal are refused`() throws {
        let folder = try TemporaryFolder()
        let dataset = try TinyDetector.dataset(folder)
        var configuration = TinyDetector.configuration()
        configuration.accumulation = 3
        #expect {
            _ = try Trainer(detector: try TinyDetector.make(), dataset: dataset, configuration: configuration)
        } throws: { "\($0)" == "a batch of 4 photos cannot be computed in 3 equal parts" }
    }
}
