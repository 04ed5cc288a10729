import ArgumentParser
import Dispatch
import Foundation
import MultiBox
import Networks
import Synchronization
import Training

/// `multibox train`: a detector of one's own.
struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train a detector on photos with boxes.",
        discussion: """
            Writes to --output: best.safetensors, the detector that did best on the validation split; \
            checkpoint.safetensors, from which --resume goes on; metrics.jsonl; settings.json. The same settings, \
            seed and data give the same weights, whatever the number of threads and however often it was interrupted.
            """)

    /// What can be trained.
    enum Architecture: String, CaseIterable, ExpressibleByArgument {
        case smallSSD300 = "small-ssd300"
    }

    @Option(
        help: ArgumentHelp("A Pascal VOC folder, or a COCO one with images/ and instances.json.", valueName: "dir"))
    var data: String

    @Option(help: "The photos to train on: ImageSets/Main/SPLIT.txt, or instances_SPLIT.json if there is one.")
    var split = "train"

    @Option(help: "The photos to evaluate on; none for no evaluation.")
    var validationSplit = "val"

    @Option(help: "What is trained: small-ssd300.")
    var architecture = Architecture.smallSSD300

    @Option(name: .shortAndLong, help: ArgumentHelp("The run's folder.", valueName: "dir"))
    var output: String

    @Flag(help: "Go on from the checkpoint in --output, with the same settings.")
    var resume = false

    @OptionGroup(title: "Optimization") var optimization: OptimizationArguments
    @OptionGroup(title: "Objective") var objective: ObjectiveArguments
    @OptionGroup(title: "Augmentation") var augmentation: AugmentationArguments

    @Option(help: "Epochs between evaluations.")
    var evaluateEvery = 5

    @Option(help: "Seconds between checkpoints, besides those after an evaluation.")
    var checkpointInterval = 30

    @OptionGroup var threads: ThreadArguments

    func validate() throws {
        guard evaluateEvery >= 1 else { throw ValidationError("--evaluate-every is a number of epochs, at least 1.") }
        guard (0...86_400).contains(checkpointInterval) else {
            throw ValidationError("--checkpoint-interval is a number of seconds from 0 to 86400.")
        }
    }

    func run() throws {
        let data = try TrainingData(
            folder: data, split: split, validationSplit: validationSplit == "none" ? nil : validationSplit)
        StandardError.write("\(DatasetSummary(data.training))\n")
        let settings = settings(labels: data.training.labels)
        do {
            let run = try run(settings, data)
            try train(run)
        } catch let error as TrainingRunError { throw Failure("\(error)") } catch let error as TrainerError {
            throw Failure("\(error)")
        } catch let error as CheckpointError { throw Failure("\(error)") } catch let error as NetworkError {
            throw Failure("the network cannot be built: \(error)")
        }
    }

    private func settings(labels: LabelMap) -> TrainingSettings {
        var settings = TrainingSettings(
            data: data, split: split, validationSplit: validationSplit == "none" ? nil : validationSplit,
            classes: labels.names.dropFirst().map { $0 ?? "" }, architecture: architecture.rawValue)
        settings.boxSizes = objective.boxSizes
        settings.boxAspectRatio = objective.boxAspectRatio
        settings.epochs = optimization.epochs
        settings.batchSize = optimization.batchSize
        settings.learningRate = optimization.learningRate
        settings.schedule = optimization.schedule
        settings.warmup = optimization.warmUp
        settings.momentum = optimization.momentum
        settings.weightDecay = optimization.weightDecay
        settings.gradientClipping = optimization.gradientClipping
        settings.averageDecay = optimization.ema
        settings.matching = objective.matching
        settings.matchingThreshold = objective.matchingThreshold
        settings.negativesPerPositive = objective.negativesPerPositive
        settings.localizationWeight = objective.localizationWeight
        settings.photometric = augmentation.photometric
        settings.zoomOut = augmentation.zoomOut
        settings.cropScale = augmentation.cropScale
        settings.cropAspectRatio = augmentation.cropAspectRatio
        settings.flip = augmentation.flip
        settings.iouThreshold = objective.iouThreshold
        settings.evaluateEvery = evaluateEvery
        settings.seed = optimization.seed
        return settings
    }

    /// The run in its folder: a new one, or one that goes on.
    private func run(_ settings: TrainingSettings, _ data: TrainingData) throws -> TrainingRun {
        let directory = try RunDirectory(path: output)
        let state = try directory.checkpoint()
        if let earlier = try directory.settings(), resume {
            let differences = settings.differences(from: earlier)
            guard differences.isEmpty else {
                throw Failure("\(output) began with other settings: \(differences.joined(separator: ", "))")
            }
        } else if state != nil, !resume {
            throw Failure("\(output) has a run already: go on with it by --resume, or name another folder")
        }
        try directory.write(settings)
        let detector = try SmallSSD300.detector(
            labels: data.training.labels,
            defaultBoxes: SmallSSD300.defaultBoxes(sizes: settings.boxSizes, aspectRatio: settings.boxAspectRatio),
            iouThreshold: settings.iouThreshold)
        let trainer = try Trainer(
            detector: detector, dataset: data.training,
            configuration: settings.configuration(
                stepsPerEpoch: data.training.photos.count / settings.batchSize, threads: threads.count),
            resuming: state)
        if let state { StandardError.write("goes on after step \(state.step)\n") }
        return TrainingRun(
            trainer: trainer, directory: directory, validation: data.validation, epochs: settings.epochs,
            evaluateEvery: settings.evaluateEvery, checkpointInterval: .seconds(checkpointInterval))
    }

    /// Runs to the end, or until a signal asks to stop.
    private func train(_ run: TrainingRun) throws {
        let interruption = Interruption()
        var progress = TrainingProgress(run: run)
        let isComplete = try run.run { event in
            progress.show(event)
            return !interruption.isRequested
        }
        progress.finish()
        guard isComplete else {
            throw Failure("stopped after step \(run.trainer.completedSteps); --resume goes on from there")
        }
        StandardError.write("done: \(run.directory.bestPath)\n")
    }
}
