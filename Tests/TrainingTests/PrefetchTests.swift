import TestSupport
import Testing
import Training

/// Loading beside computing changes nothing.
@Suite struct PrefetchTests {
    @Test func `a trainer that is left in the middle leaves nothing behind`() throws {
        let folder = try TemporaryFolder()
        let dataset = try TinyDetector.dataset(folder)
        let detector = try TinyDetector.make()
        // Each of these has a batch under way when it goes.
        for steps in 0..<4 {
            let trainer = try Trainer(detector: detector, dataset: dataset, configuration: TinyDetector.configuration())
            for _ in 0..<steps { _ = try trainer.step() }
            #expect(trainer.completedSteps == steps)
        }
    }

    @Test func `a batch that could not be loaded is asked for again`() throws {
        let folder = try TemporaryFolder()
        let dataset = try TinyDetector.dataset(folder)
        let detector = try TinyDetector.make()
        let expected = try Trainer(detector: detector, dataset: dataset, configuration: TinyDetector.configuration())
            .step()
        var hidden: [Int: [UInt8]] = [:]
        for id in 1...10 {
            hidden[id] = try folder.bytes("images/\(id).png")
            try folder.write("images/\(id).png", "no picture")
        }
        let trainer = try Trainer(detector: detector, dataset: dataset, configuration: TinyDetector.configuration())
        for _ in 0..<2 { #expect(throws: TrainerError.self) { _ = try trainer.step() } }
        for (id, bytes) in hidden { try folder.write("images/\(id).png", bytes) }
        #expect(try trainer.step() == expected)
    }
}
