import TestSupport
import MultiBox
import Networks
import Platform
import Testing
import Training

/// Every architecture is a network that can be trained, whatever operations it is made of.
@Suite struct ArchitectureTrainingTests {
    @Test(arguments: SSDArchitecture.allCases)
    func `default sizes of boxes ascend, and the same turned round do not`(architecture: SSDArchitecture) {
        let sizes = TrainingRecipe(architecture).boxSizes
        #expect(TrainingSettings.areAscending(sizes, of: architecture))
        #expect(sizes.isEmpty || !TrainingSettings.areAscending(sizes.reversed(), of: architecture))
    }

    @Test(
        arguments: [
            (SSDArchitecture.ssdlite320MobileNetV3, 1e-3), (.ssdliteMobileNetV2, 1e-3), (.ssdliteMobileNetV2Half, 1e-3),
            (.ssd300VGG16, 1e-3),
            // Of so many boxes others are the hardest negatives after a longer step, which then count.
            (.ssdliteMobileNetV2FPN, 1e-4),
        ] as [(SSDArchitecture, Float)])
    func `a step on one picture lowers its loss`(architecture: SSDArchitecture, rate: Float) throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let dataset = try TinyDetector.dataset(folder, count: 1)
        let detector = try TrainableDetector(
            .published(architecture, classCount: 3), labels: dataset.labels, seed: 1)
        let trainer = try Trainer(
            detector: detector, dataset: dataset,
            configuration: TrainerConfiguration(
                batchSize: 1, schedule: LearningRateSchedule(base: rate), averageDecay: nil, augmentation: .none,
                threads: AvailableProcessors.count))
        let (first, second) = (try trainer.step().loss.total, try trainer.step().loss.total)
        #expect(second < first, "\(first), then \(second)")
        // The gradient reaches all but heads of maps that have no part in the loss of this picture.
        let changed = zip(detector.parameters, trainer.state.parameters).count { $0.values != $1.values }
        #expect(changed > detector.parameters.count * 3 / 4)
    }
}
