import Datasets
import Platform
import Foundation
import MultiBox
import Networks
import TestSupport
import Testing
import Training

/// How many steps the small SSD gets; none leaves it out.
private let overfittingSteps = Proof.count("MULTIBOX_OVERFIT", short: 0, long: 100)

/// Whether a few photos are learnt by heart: where they are not, something between annotations and boxes is wrong.
@Suite struct OverfittingTests {
    private func evaluation(
        of detector: TrainableDetector, _ parameters: [TrainingParameter], on dataset: any DetectionDataset
    ) throws -> DetectorEvaluation {
        let model = try detector.model(parameters: parameters, name: "overfitted", version: "0")
        return try DetectorEvaluation(model, on: dataset, threads: 1)
    }

    @Test func `a tiny detector finds every drawn square`() throws {
        let folder = try TemporaryFolder()
        let dataset = try TinyDetector.dataset(folder)
        let detector = try TinyDetector.make()
        let trainer = try Trainer(detector: detector, dataset: dataset, configuration: TinyDetector.configuration())
        #expect(trainer.stepsPerEpoch == 2)
        let results = try (0..<250).map { _ in try trainer.step() }
        let (first, last) = (results[0].loss.total, results[249].loss.total)
        #expect(last < first / 5, "\(first) to \(last)")
        #expect(results.map(\.step) == Array(0..<250) && results[7].epoch == 3)
        let trained = try evaluation(of: detector, trainer.state.bestParameters, on: dataset)
        #expect(trained.averagePrecision50 >= 0.99, "\(trained.averagePrecision50)")
        #expect(trained.averagePrecision > 0.9, "\(trained.averagePrecision)")
        // Untrained, it finds nothing: the figure is the training's.
        let untrained = try evaluation(of: detector, detector.parameters, on: dataset)
        #expect(untrained.averagePrecision < 0.3)
    }

    /// An architecture at the published size or, of VGG16, at the smallest that its last maps allow; and the steps that it
    /// takes for eight photos.
    private enum Subject: String, CaseIterable, CustomTestStringConvertible {
        case small, mobileNetV1, mobileNetV2, mobileNetV2Half, mobileNetV2FPN, mobileNetV3, vgg16, vgg16With512

        var testDescription: String { rawValue }

        func configuration(_ classCount: Int) -> SSDConfiguration {
            switch self {
            case .small: .published(.smallSSD300, classCount: classCount)
            case .mobileNetV1: .published(.mobileNetV1SSD300, classCount: classCount)
            case .mobileNetV2: .published(.ssdliteMobileNetV2, classCount: classCount)
            case .mobileNetV2Half: .published(.ssdliteMobileNetV2Half, classCount: classCount)
            case .mobileNetV2FPN: .published(.ssdliteMobileNetV2FPN, classCount: classCount)
            case .mobileNetV3: .published(.ssdlite320MobileNetV3, classCount: classCount)
            case .vgg16:
                .published(.ssd300VGG16, classCount: classCount).with(side: 272, maps: [34, 17, 9, 5, 3, 1])
            case .vgg16With512:
                .published(.ssd512VGG16, classCount: classCount).with(side: 272, maps: [34, 17, 9, 5, 3, 2, 1])
            }
        }

        /// VGG16 has no normalization, so that it learns from random weights only slowly.
        var recipe: (steps: Int, rate: Float) {
            switch self {
            case .small, .mobileNetV1, .mobileNetV2, .mobileNetV2Half, .mobileNetV2FPN, .mobileNetV3: (120, 2e-3)
            case .vgg16, .vgg16With512: (120, 1e-4)
            }
        }
    }

    /// Some minutes on two cores, by `make proof`.
    @Test(.enabled(if: Proof.isWanted, "runs by make proof"), arguments: Subject.allCases)
    private func `every architecture finds every square of eight photos`(subject: Subject) throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let dataset = try TinyDetector.dataset(folder, count: 8)
        let detector = try TrainableDetector(
            subject.configuration(dataset.labels.count), labels: dataset.labels, seed: 1)
        let (steps, rate) = subject.recipe
        let trainer = try Trainer(
            detector: detector, dataset: dataset,
            configuration: TrainerConfiguration(
                batchSize: 8,
                schedule: LearningRateSchedule(
                    base: rate, warmupSteps: steps / 10, decay: .cosine(end: steps, floor: 0.01)),
                optimizer: .adamW, weightDecay: 0, averageDecay: 0.9, augmentation: .none,
                threads: AvailableProcessors.count))
        for _ in 0..<steps { _ = try trainer.step() }
        let precision = try evaluation(of: detector, trainer.state.bestParameters, on: dataset).averagePrecision50
        #expect(precision >= 0.99, "\(precision)")
    }

    /// Twenty seconds on two cores, by `make proof`, or by
    /// `MULTIBOX_OVERFIT=100 swift test -c release --skip-build --filter OverfittingTests`.
    @Test(
        .enabled(if: overfittingSteps > 0, "runs by make proof"),
        .enabled(if: SharedFiles.exist("data/bccd"), "\(SharedFiles.absence)"))
    func `the small SSD finds every blood cell of eight photos`() throws {
        let steps = overfittingSteps
        let whole = try VOCDataset(root: SharedFiles.path("data/bccd"), split: "train")
        let dataset = FirstPhotos(of: whole, count: 8)
        let detector = try TrainableDetector(
            .smallSSD300(
                classCount: dataset.labels.count,
                defaultBoxes: SmallSSD300.defaultBoxes(
                    sizes: [18, 26, 46, 58, 84, 116, 150, 200, 220, 280], aspectRatio: 1.4), iouThreshold: 0.6),
            labels: dataset.labels, seed: 1)
        let schedule = LearningRateSchedule(
            base: 0.02, warmupSteps: steps / 10, decay: .cosine(end: steps, floor: 0.01))
        let trainer = try Trainer(
            detector: detector, dataset: dataset,
            configuration: TrainerConfiguration(
                batchSize: 8, schedule: schedule, averageDecay: 0.98, augmentation: .none,
                threads: AvailableProcessors.count))
        for _ in 0..<steps { _ = try trainer.step() }
        let precision = try evaluation(of: detector, trainer.state.bestParameters, on: dataset).averagePrecision50
        #expect(precision >= 0.99, "\(precision)")
    }
}

/// The first photos of a dataset.
private struct FirstPhotos: DetectionDataset {
    let labels: LabelMap
    let photos: [DatasetPhoto]
    let problems: [DatasetProblem] = []

    init(of dataset: some DetectionDataset, count: Int) {
        labels = dataset.labels
        photos = Array(dataset.photos.prefix(count))
    }
}
