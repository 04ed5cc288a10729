import TestSupport
import MultiBox
import Networks
import Platform
import Testing
import Training

/// Every architecture is a network that can be trained, whatever operations it is made of.
@Suite struct ArchitectureTrainingTests {
    @Test(arguments: [
        SSDArchitecture.ssdlite320MobileNetV3, .ssdliteMobileNetV2, .ssdliteMobileNetV2Half, .ssdliteMobileNetV2FPN,
        .ssd300VGG16,
    ])
    func `a step on one picture lowers its loss`(architecture: SSDArchitecture) throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let dataset = try TinyDetector.dataset(folder, count: 1)
        let detector = try TrainableDetector(
            .published(architecture, classCount: 3), labels: dataset.labels, seed: 1)
        let trainer = try Trainer(
            detector: detector, dataset: dataset,
            configuration: TrainerConfiguration(
                batchSize: 1, schedule: LearningRateSchedule(base: 1e-4), averageDecay: nil, augmentation: .none,
                threads: AvailableProcessors.count))
        let (first, second) = (try trainer.step().loss.total, try trainer.step().loss.total)
        #expect(second < first, "\(first), then \(second)")
        // The gradient reaches all but heads of maps that have no part in the loss of this picture.
        let changed = zip(detector.parameters, trainer.state.parameters).count { $0.values != $1.values }
        #expect(changed > detector.parameters.count * 3 / 4)
    }
}
