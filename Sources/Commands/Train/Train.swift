import Reports
import Datasets
import ArgumentParser
import Dispatch
import Foundation
import ModelFiles
import MultiBox
import Networks
import Platform
import Synchronization
import Training

/// `multibox train`: a detector of one's own.
struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train a detector on photos with boxes.",
        discussion: """
            Writes to --output: best.safetensors, the detector that did best on the validation split, and \
            last.safetensors, both for `serve --model`; with --quantization-aware best-int8.safetensors, the best in bytes; report.html, a page about the run; checkpoint.safetensors, from \
            which --resume goes on; metrics.jsonl; settings.json. The same settings, \
            seed and data give the same weights, whatever the number of threads and however often it was interrupted.
            """)

    /// Steps of a run, and between evaluations, at least, unless epochs are named.
    private static let leastSteps = 300
    private static let leastStepsBetween = 50

    @OptionGroup var dataArguments: DatasetArguments

    @Option(
        help: """
            The photos of --data to train on: ImageSets/Main/SPLIT.txt, instances_SPLIT.json, or a part of data.yaml. \
            Default: train, or all photos if there is no such split.
            """, completion: .splits)
    var split: String?

    @Option(
        help: """
            The photos to evaluate on, with --annotations another such file; none for no evaluation. Default: val, if there \
            is such a split, else what is held out.
            """, completion: .splits)
    var validationSplit: String?

    @Option(
        help: ArgumentHelp(
            "The share of the photos to hold out and evaluate on where no split is there for that, 0 to 0.9. Default: 0, of few "
                + "photos 0.2.", valueName: "share"))
    var holdOut: Float?

    @Option(
        help: """
            What is trained. Default: the architecture of --init; without that small-ssd300, but for few photos, which are 400 \
            at most, the built-in detector, its weights to begin with.
            """)
    var architecture: SSDArchitecture?

    @Option(
        help: ArgumentHelp(
            "The input's side, in pixels, of an architecture that has several: 300 or 320 of ssdlite-mobilenetv2.",
            valueName: "pixels"))
    var inputSize: Int?

    @Option(
        help: """
            How the detector makes photos smaller: floats takes the pixels around a place, bytes does too and rounds, \
            antialiased takes all that become one, for photos much larger than those that are trained on. Default: that of \
            the detector of --init, else floats.
            """)
    var interpolation: Preprocessing.Interpolation?

    @Option(
        name: .customLong("init"),
        help: ArgumentHelp(
            "Begin with the weights of another detector of the architecture (a model file, the folder of a run, a name of "
                + "`multibox models list`, built-in for the model that comes with multibox), of its heads with the rows of the same classes and boxes; or "
                + "with those of an image classifier, .pth or .safetensors: torchvision's mobilenet_v2, "
                + "mobilenet_v3_large or vgg16, or ssd.pytorch's vgg16_reducedfc. none for random weights.",
            valueName: "model"), completion: .modelFile)
    var initialModel: String?

    @Option(
        help: """
            Layers that stay as they are, such as "stem*"; may be repeated. Default: none, but where few photos go on from \
            --init its early layers, those of maps of a quarter of the input's side and more; none for none.
            """)
    var freeze: [String] = []

    @Flag(
        help: """
            Batch normalizations that begin with statistics of --init keep them, whatever is in a batch: for small batches, \
            and about a fifth faster.
            """)
    var fixedStatistics = false

    @Option(name: .shortAndLong, help: ArgumentHelp("The run's folder.", valueName: "dir"), completion: .directory)
    var output: String

    @Option(help: "What the detector is called. Default: the name of --output.")
    var name: String?

    @Flag(
        help: """
            Go on from the checkpoint in --output, with the same settings; --epochs may be more than it was. The learning \
            rate then goes on as in a run of so many epochs.
            """)
    var resume = false

    @Flag(help: "Begin anew where --output has a run or other files of these names: they are replaced.")
    var force = false

    @Flag(help: "Do not train: list what is wrong with the data, and draw photos with their boxes.")
    var checkData = false

    @OptionGroup(title: "Optimization") var optimization: OptimizationArguments
    @OptionGroup(title: "Objective") var objective: ObjectiveArguments
    @OptionGroup(title: "Augmentation") var augmentation: AugmentationArguments

    @Option(help: "Epochs between evaluations. Default: 5, more where that is less than 50 steps.")
    var evaluateEvery: Int?

    @Option(
        help: ArgumentHelp(
            "End after so many evaluations without a better one; 0 for never. Default: 0, where few photos go on from --init 5.",
            valueName: "evaluations"))
    var patience: Int?

    @Option(help: "Seconds between checkpoints, besides those after an evaluation.")
    var checkpointInterval = 30

    @OptionGroup var threads: ThreadArguments

    func validate() throws {
        // Without, both are known when the photos are.
        if let architecture { try checkSizes(of: architecture) }
        if architecture != nil || initialModel == TrainingStart.none {
            let begins = initialModel != nil && initialModel != TrainingStart.none
            guard (optimization.initializedRate ?? 1) == 1 || begins else {
                throw ValidationError("--initialized-rate goes with --init, of whose layers it is the rate.")
            }
            guard !fixedStatistics || begins else {
                throw ValidationError("--fixed-statistics goes with --init, whose statistics they are.")
            }
        }
        guard (0...0.9).contains(holdOut ?? 0) else {
            throw ValidationError("--hold-out is a share from 0 to 0.9.")
        }
        guard (holdOut ?? 0) == 0 || validationSplit == nil else {
            throw ValidationError("--hold-out and --validation-split exclude each other.")
        }
        guard (0...100_000).contains(patience ?? 0) else {
            throw ValidationError("--patience is a number of evaluations.")
        }
        guard !(resume && force) else { throw ValidationError("--resume and --force exclude each other.") }
        guard evaluateEvery ?? 1 >= 1 else {
            throw ValidationError("--evaluate-every is a number of epochs, at least 1.")
        }
        guard (0...86_400).contains(checkpointInterval) else {
            throw ValidationError("--checkpoint-interval is a number of seconds from 0 to 86400.")
        }
    }

    /// Refuses an input or default boxes that an architecture does not have.
    private func checkSizes(of architecture: SSDArchitecture) throws {
        let sides = TrainingSettings.inputSizes(of: architecture)
        guard inputSize.map(sides.contains) ?? true else {
            throw ValidationError(
                "--input-size of \(architecture.rawValue) is \(sides.map(String.init).joined(separator: " or ")).")
        }
        let sizes = TrainingSettings.boxSizeCount(of: architecture)
        if let given = objective.boxSizes,
            given.count != sizes || !TrainingSettings.areAscending(given, of: architecture)
        {
            throw ValidationError(
                sizes == 0
                    ? "\(architecture.rawValue) has the default boxes of its published models: --box-sizes is not for it."
                    : "--box-sizes of \(architecture.rawValue) is \(sizes) numbers from 1 to 600, ascending, separated by "
                        + "commas.")
        }
    }

    func run() throws {
        var data = try TrainingData(
            dataArguments.source(), name: dataName, split: split, validationSplit: validationSplit,
            unusable: checkData ? .leftOut : .refused)
        let start = try TrainingStart(
            architecture: architecture, initialModel: initialModel, photos: data.training.photos.count)
        try checkSizes(of: start.architecture)
        data.holdOut(heldOutShare(data), seed: optimization.seed)
        var settings = settings(data, start)
        if checkData {
            return try DataCheck(data: data, settings: settings, threads: threads.count).run(
                folder: output, force: force)
        }
        let directory = RunDirectory(path: output)
        do {
            try data.checkObjects()
            if resume {
                settings = try resumed(settings, directory, photos: data.training.photos.count)
            } else {
                try checkPlace(directory, data)
            }
            StandardError.write("\(DatasetSummary(data.training))\n")
            let run = try run(settings, from: start.origin(), data, directory)
            try train(run)
            try report(run, settings, data, start)
        } catch let error as TrainingRunError { throw failure(error, settings) } catch let error as TrainerError {
            throw Failure("\(error)")
        } catch let error as CheckpointError { throw Failure("\(error)") } catch let error as NetworkError {
            throw Failure("the network cannot be built: \(error)")
        }
    }

    /// What the data is called: its folder, or its file of objects.
    private var dataName: String { dataArguments.data ?? dataArguments.annotations ?? "" }

    /// The settings as they were asked for, with those that nobody named chosen for the data.
    private func settings(_ data: TrainingData, _ start: TrainingStart) -> TrainingSettings {
        var settings = TrainingSettings(
            data: dataName, split: data.split, validationSplit: data.validationSplit,
            classes: data.training.labels.names.dropFirst().map { $0 ?? "" }, architecture: start.architecture)
        let photos = data.training.photos.count
        // Few photos have a recipe of their own where there is something to begin with.
        let few = start.teachesFewPhotos
        settings.batchSize =
            optimization.batchSize ?? min(few ? FewPhotosRecipe.batchSize : settings.batchSize, photos)
        settings.accumulation = optimization.accumulate
        let stepsPerEpoch = max(1, photos / settings.batchSize)
        func epochs(ofSteps steps: Int) -> Int { (steps + stepsPerEpoch - 1) / stepsPerEpoch }
        settings.epochs =
            optimization.epochs
            ?? (few
                ? epochs(ofSteps: FewPhotosRecipe.steps) : max(settings.epochs, epochs(ofSteps: Self.leastSteps)))
        settings.evaluateEvery =
            evaluateEvery
            ?? (few
                ? max(1, settings.epochs / FewPhotosRecipe.evaluations)
                : max(settings.evaluateEvery, epochs(ofSteps: Self.leastStepsBetween)))
        settings.holdOut = data.heldOutShare
        settings.patience = patience ?? (few && data.validation != nil ? FewPhotosRecipe.patience : 0)
        settings.initialModel = start.initialModel
        settings.frozen =
            freeze.isEmpty
            ? (few ? TrainingRecipe.earlyLayers(of: start.architecture) : [])
            : freeze.filter { $0 != TrainingStart.none }
        settings.fixedStatistics = fixedStatistics
        setInput(&settings, of: start.architecture)
        settings.boxAspectRatio = objective.boxAspectRatio
        settings.learningRate =
            optimization.learningRate
            ?? (few && (optimization.optimizer ?? FewPhotosRecipe.optimizer) == FewPhotosRecipe.optimizer
                ? FewPhotosRecipe.learningRate
                : TrainingRecipe(start.architecture).learningRate(ofBatch: settings.batchSize))
        settings.optimizer = optimization.optimizer ?? (few ? FewPhotosRecipe.optimizer : settings.optimizer)
        settings.initializedRate = optimization.initializedRate ?? (few ? FewPhotosRecipe.initializedRate : 1)
        settings.schedule = optimization.schedule ?? (few ? .cosine : settings.schedule)
        settings.warmup = optimization.warmUp ?? (few ? FewPhotosRecipe.warmup : settings.warmup)
        settings.momentum = optimization.momentum
        settings.weightDecay =
            optimization.weightDecay ?? (few ? FewPhotosRecipe.weightDecay : settings.weightDecay)
        settings.gradientClipping = optimization.gradientClipping
        settings.averageDecay =
            optimization.ema ?? (few ? FewPhotosRecipe.averageDecay : settings.averageDecay)
        settings.matching = objective.matching
        settings.matchingThreshold = objective.matchingThreshold
        settings.negativesPerPositive = objective.negativesPerPositive
        settings.localizationWeight = objective.localizationWeight
        settings.difficult = objective.difficult
        settings.labelWeights = objective.labelWeights
        settings.photometric = augmentation.photometric
        settings.zoomOut = augmentation.zoomOut ?? (few ? FewPhotosRecipe.zoomOut : settings.zoomOut)
        settings.cropScale = augmentation.cropScale ?? (few ? FewPhotosRecipe.cropScale : settings.cropScale)
        settings.cropAspectRatio = augmentation.cropAspectRatio
        settings.flip = augmentation.flip
        settings.mosaic = augmentation.mosaic
        settings.mosaicFreeEpochs = augmentation.mosaicFreeEpochs
        settings.quantizationAware = min(optimization.quantizationAware, settings.epochs)
        settings.iouThreshold = objective.iouThreshold ?? settings.iouThreshold
        settings.seed = optimization.seed
        return settings
    }

    /// The input's size and the sizes of the default boxes, which go with it.
    private func setInput(_ settings: inout TrainingSettings, of architecture: SSDArchitecture) {
        let recipe = TrainingRecipe(architecture)
        settings.inputSize = inputSize ?? recipe.inputSize
        settings.interpolation = interpolation
        let scale = Float(settings.inputSize) / Float(recipe.inputSize)
        settings.boxSizes = objective.boxSizes ?? recipe.boxSizes.map { $0 * scale }
    }

    /// The share of the photos that is held out; none where a split is evaluated on or nothing is.
    private func heldOutShare(_ data: TrainingData) -> Float {
        guard data.validation == nil, validationSplit == nil else { return 0 }
        let photos = data.training.photos.count
        guard let holdOut else {
            return (FewPhotosRecipe.leastPhotosHeldOut...FewPhotosRecipe.photos).contains(photos)
                ? FewPhotosRecipe.holdOut : 0
        }
        return photos >= 2 ? holdOut : 0
    }

    /// The run in its folder: a new one, or one that goes on.
    private func run(
        _ settings: TrainingSettings, from origin: TrainingOrigin?, _ data: TrainingData, _ directory: RunDirectory
    ) throws -> TrainingRun {
        let state = resume ? try directory.checkpoint() : nil
        let labels = data.training.labels
        guard let architecture = SSDArchitecture(rawValue: settings.architecture) else {
            throw Failure("\(settings.architecture) is no architecture of this version")
        }
        var detector = try TrainableDetector(
            settings.detectorConfiguration(architecture, classCount: labels.count), labels: labels, seed: settings.seed)
        if !settings.frozen.isEmpty {
            let frozen = FrozenLayers(settings.frozen, of: detector.model.network)
            guard !frozen.parameters.isEmpty else { throw Failure.usage("--freeze: no layer is called that") }
            detector.frozen = frozen
            StandardError.write("\(frozen.parameters.count) layers stay as they are\n")
        }
        if let name = settings.initialModel, let origin {
            detector = try self.detector(detector, beginningWith: origin, called: name, settings)
        }
        if let interpolation = settings.interpolation { detector.model.preprocessing.interpolation = interpolation }
        let configuration = settings.configuration(
            stepsPerEpoch: data.training.photos.count / settings.batchSize, threads: threads.count)
        // Trainer refuses these with their numbers; what they would take is beside the point.
        if configuration.batchSize <= data.training.photos.count,
            configuration.batchSize.isMultiple(of: configuration.accumulation)
        {
            try checkMemory(detector, on: data.training, configuration)
        }
        let trainer = try Trainer(
            detector: detector, dataset: data.training, configuration: configuration, resuming: state)
        // Only now, as what is refused leaves no folder.
        try directory.write(settings)
        if let state { StandardError.write("goes on after step \(state.step)\n") }
        return TrainingRun(
            trainer: trainer, directory: directory, validation: data.validation, epochs: settings.epochs,
            evaluateEvery: settings.evaluateEvery, checkpointInterval: .seconds(checkpointInterval),
            patience: settings.patience, name: name ?? directory.name, provenance: provenance(settings, data))
    }

    /// What the detector's file says about where it comes from.
    private func provenance(_ settings: TrainingSettings, _ data: TrainingData) -> [(name: String, value: String)] {
        [
            ("trained by", "multibox \(Version.current)"),
            (
                "data",
                "\(URL(fileURLWithPath: settings.data).lastPathComponent), \(settings.split): "
                    + "\(data.training.photos.count) photos"
            ),
            ("epochs", "\(settings.epochs)"), ("seed", "\(settings.seed)"),
        ]
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
    }

    /// Draws the curves and writes the page about the run and its best detector.
    private func report(
        _ run: TrainingRun, _ settings: TrainingSettings, _ data: TrainingData, _ start: TrainingStart
    ) throws {
        var evaluation: DetectorEvaluation?
        if let validation = data.validation {
            let best = try ModelArguments.load(run.directory.bestPath, labels: nil)
            do {
                evaluation = try DetectorEvaluation(best, on: validation, threads: threads.count)
            } catch { throw Failure("\(error)") }
            if let evaluation, data.training.photos.count <= FewPhotosRecipe.photos {
                try warnOfMemorizing(best, evaluation, data.training)
            }
        }
        let report = RunReport(
            settings: settings, metrics: try run.directory.metrics(), evaluation: evaluation, dataset: data.validation,
            labels: data.training.labels)
        for (name, chart) in report.charts { try run.directory.write(chart.svg(), as: name + ".svg") }
        try run.directory.write(report.html(), as: "report.html")
        let best = settings.quantizationAware > 0 ? run.directory.bestInBytesPath : run.directory.bestPath
        StandardError.write(
            "done: multibox serve --model \(best); \(run.directory.path)/report.html shows the run\n")
    }
}
