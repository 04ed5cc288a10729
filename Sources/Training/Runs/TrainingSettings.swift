import MultiBox
import Networks

/// All that a training run follows from, as it was asked for: the same settings and data give the same weights.
///
/// It is written to the run's folder, and a run goes on only with the settings it began with.
public struct TrainingSettings: Sendable, Hashable, Codable {
    /// How the learning rate falls after the warm-up.
    public enum Schedule: String, Sendable, Hashable, Codable, CaseIterable {
        /// Along half a cosine to a hundredth at the end.
        case cosine
        /// To a tenth after two thirds of the steps and a hundredth after five sixths, as published for Pascal VOC.
        case step
    }

    /// Which mirror images are seen.
    public enum Mirrors: String, Sendable, Hashable, Codable, CaseIterable {
        case none
        case horizontal
        /// Left and right, and top and bottom.
        case both
        /// Those, and photos transposed.
        case all
    }

    /// What becomes of objects that are marked difficult.
    public enum DifficultObjects: String, Sendable, Hashable, Codable, CaseIterable {
        /// They are trained on as any other, as by Caffe's SSD.
        case train
        /// They count neither way.
        case ignore
    }

    /// The folder of the data.
    public var data: String
    /// The photos trained on; of a VOC dataset.
    public var split: String
    /// The photos evaluated on; nil for none.
    public var validationSplit: String?
    /// The names of the classes, without the background.
    public var classes: [String]
    /// The name of the architecture.
    public var architecture: String
    /// The detector whose weights it begins with; nil for random ones.
    public var initialModel: String?
    /// Names of layers that do not change, with `*` for any letters.
    public var frozen: [String] = []
    /// Whether batch normalizations keep the statistics that they began with.
    public var fixedStatistics: Bool = false
    /// The input's side, in pixels.
    public var inputSize: Int
    /// How photos become the input once the detector is trained; nil for that of the model it begins with, or floats.
    public var interpolation: Preprocessing.Interpolation?
    /// Sizes of the default boxes; none for the architecture's published ones.
    public var boxSizes: [Float]
    /// The aspect ratio of default boxes that are not square.
    public var boxAspectRatio: Float = SmallSSD300.boxAspectRatio
    /// How often each photo is seen.
    public var epochs: Int = 100
    /// Photos of a step.
    public var batchSize: Int
    /// Parts of a step's photos that are computed one after the other.
    public var accumulation: Int = 1
    /// How gradients become steps.
    public var optimizer: Optimizer.Kind = .momentum
    /// The learning rate after the warm-up.
    public var learningRate: Float
    /// What it is multiplied by for layers that were begun with.
    public var initializedRate: Float = 1
    /// How it falls.
    public var schedule: Schedule
    /// Steps over which it rises.
    public var warmup: Int
    /// The momentum.
    public var momentum: Float = 0.9
    /// The weight decay.
    public var weightDecay: Float
    /// The greatest length of the gradient.
    public var gradientClipping: Float = 10
    /// The decay of the running average of the weights; 0 for none.
    public var averageDecay: Float = 0.999
    /// How objects find their default boxes.
    public var matching: DefaultBoxMatcher.Strategy = .bipartite
    /// The overlap from which a default box has an object.
    public var matchingThreshold: Float = 0.5
    /// Negatives mined for each positive.
    public var negativesPerPositive: Double = 3
    /// The weight of the localization loss.
    public var localizationWeight: Float = 1
    /// What becomes of objects that are marked difficult.
    public var difficult: DifficultObjects = .train
    /// Whether an object's loss is multiplied by the score of its annotation.
    public var labelWeights: Bool = false
    /// Whether light and colours vary.
    public var photometric: Bool = true
    /// The largest canvas a photo is put on, by its side over the photo's; 1 for none.
    public var zoomOut: Float = 4
    /// The smallest crop, by its √area over the photo's; 1 for none.
    public var cropScale: Float = 0.3
    /// The greatest aspect ratio of a crop relative to the photo's.
    public var cropAspectRatio: Float = 2
    /// Which mirror images are seen.
    public var flip: Mirrors = .horizontal
    /// How often several photos are made one.
    public var mosaic: Float = 0
    /// The last epochs, which have none of those.
    public var mosaicFreeEpochs: Int = 0
    /// The last epochs, in which the network computes as it will in bytes.
    public var quantizationAware: Int = 0
    /// Overlap above which the lower of two detections of a class is dropped.
    public var iouThreshold: Float
    /// Epochs between evaluations.
    public var evaluateEvery: Int = 5
    /// The share of the photos that is not trained on but evaluated on; 0 where a split is named, or nothing is.
    public var holdOut: Float = 0
    /// Evaluations after which a run ends that none of them was better than those before; 0 for none.
    public var patience: Int = 0
    /// What all that is random follows from.
    public var seed: UInt64 = 1

    /// The settings of a run on some data, otherwise those of the architecture's recipe.
    public init(
        data: String, split: String, validationSplit: String?, classes: [String],
        architecture: SSDArchitecture = .smallSSD300
    ) {
        let recipe = TrainingRecipe(architecture)
        self.data = data
        self.split = split
        self.validationSplit = validationSplit
        self.classes = classes
        self.architecture = architecture.rawValue
        inputSize = recipe.inputSize
        boxSizes = recipe.boxSizes
        batchSize = recipe.batchSize
        learningRate = recipe.learningRate
        schedule = recipe.schedule
        warmup = recipe.warmup
        weightDecay = recipe.weightDecay
        iouThreshold = recipe.iouThreshold
    }

    /// The names of the settings that are not as in `other`, each with both values.
    public func differences(from other: TrainingSettings) -> [String] {
        zip(Mirror(reflecting: self).children, Mirror(reflecting: other).children).compactMap { mine, theirs in
            let (here, there) = ("\(mine.value)", "\(theirs.value)")
            return here == there ? nil : "\(mine.label ?? "") \(there), not \(here)"
        }
    }

    /// Whether a run that has done so many steps with `earlier`, which has another number of epochs, is where a run of these
    /// settings would be by then.
    public func continues(_ earlier: TrainingSettings, after steps: Int, stepsPerEpoch: Int) -> Bool {
        let then = earlier.configuration(stepsPerEpoch: stepsPerEpoch, threads: 1)
        let now = configuration(stepsPerEpoch: stepsPerEpoch, threads: 1)
        let epochs = (steps + stepsPerEpoch - 1) / stepsPerEpoch
        func mosaics(_ configuration: TrainerConfiguration) -> Int {
            min(configuration.augmentation.mosaic?.epochs ?? 0, epochs)
        }
        func simulated(_ configuration: TrainerConfiguration) -> Int {
            configuration.simulatesBytesFrom.map { max(0, steps - $0) } ?? 0
        }
        // At its end, a run is evaluated out of turn.
        let isInTurn = steps < earlier.epochs * stepsPerEpoch || earlier.epochs % evaluateEvery == 0
        return isInTurn && mosaics(then) == mosaics(now) && simulated(then) == simulated(now)
            && (0..<steps).allSatisfy { then.schedule($0) == now.schedule($0) }
    }

    /// The augmentation.
    public var augmentation: Augmentation {
        var crop: MinimumOverlapCrop?
        if cropScale < 1 {
            crop = MinimumOverlapCrop(
                scale: cropScale...1, aspectRatio: 1 / cropAspectRatio...cropAspectRatio)
        }
        let flips: [Flip] =
            switch flip {
            case .none: []
            case .horizontal: [Flip(.horizontal)]
            case .both, .all: [Flip(.horizontal), Flip(.vertical)]
            }
        return Augmentation(
            photometric: photometric ? PhotometricDistortion() : nil,
            transposition: flip == .all ? Transposition() : nil,
            zoomOut: zoomOut > 1 ? ZoomOut(ratio: 1...zoomOut) : nil, crop: crop, flips: flips,
            mosaic: mosaic > 0 ? Mosaic(probability: mosaic, epochs: max(0, epochs - mosaicFreeEpochs)) : nil)
    }

    /// How the trainer is to work, with so many steps an epoch.
    public func configuration(stepsPerEpoch: Int, threads: Int) -> TrainerConfiguration {
        let steps = max(1, epochs * stepsPerEpoch)
        let decay: LearningRateSchedule.Decay =
            switch schedule {
            case .cosine: .cosine(end: steps, floor: 0.01)
            case .step: .steps([steps * 2 / 3, steps * 5 / 6], factor: 0.1)
            }
        return TrainerConfiguration(
            batchSize: batchSize, accumulation: accumulation,
            schedule: LearningRateSchedule(base: learningRate, warmupSteps: min(warmup, steps / 4), decay: decay),
            optimizer: optimizer, momentum: momentum, weightDecay: weightDecay,
            clipping: GradientClipping(maximumNorm: gradientClipping),
            averageDecay: averageDecay > 0 ? averageDecay : nil, augmentation: augmentation,
            matcher: DefaultBoxMatcher(strategy: matching, overlapThreshold: matchingThreshold),
            loss: MultiBoxLoss(
                mining: HardNegativeMining(negativesPerPositive: negativesPerPositive),
                localizationWeight: localizationWeight),
            ignoresDifficult: difficult == .ignore, weighsByScore: labelWeights,
            simulatesBytesFrom: quantizationAware > 0 ? max(0, epochs - quantizationAware) * stepsPerEpoch : nil,
            seed: seed, threads: threads)
    }
}
