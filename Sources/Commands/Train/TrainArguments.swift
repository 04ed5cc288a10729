import ArgumentParser
import MultiBox
import Networks
import Training

extension TrainingSettings.Schedule: ExpressibleByArgument {}
extension Optimizer.Kind: ExpressibleByArgument {}
extension TrainingSettings.Mirrors: ExpressibleByArgument {}
extension TrainingSettings.DifficultObjects: ExpressibleByArgument {}
extension DefaultBoxMatcher.Strategy: ExpressibleByArgument {}

/// The optimization of a training run.
struct OptimizationArguments: ParsableArguments {
    @Option(
        help: """
            How often each photo is seen. Default: 100, more where that is less than 300 steps; where few photos go on from \
            --init, as often as makes 300 steps.
            """)
    var epochs: Int?

    @Option(help: "Photos of a step. Default: 16, of ssdlite architectures 32, of VGG16's 8; all if there are fewer.")
    var batchSize: Int?

    @Option(
        help: ArgumentHelp(
            "Compute a step's photos in so many equal parts, one after the other, and sum their gradients: for batches that "
                + "memory does not hold. Batch normalizations see a part at a time.", valueName: "parts"))
    var accumulate = 1

    @Option(
        help: """
            The learning rate after the warm-up. Default: 0.02 of small-ssd300, 0.025 of ssdlite architectures, 0.00025 of \
            VGG16's and 0.0005 of mobilenetv1-ssd300; as much larger or smaller as the batch is than by default.
            """)
    var learningRate: Float?

    @Option(
        help: """
            How gradients become steps: momentum, or adamw, whose learning rates are a tenth and less. Default: momentum, for \
            few photos adamw at 0.001.
            """)
    var optimizer: Optimizer.Kind?

    @Option(
        help: """
            What the learning rate is multiplied by for layers that begin with those of --init. Default: 1, for few photos 0.25.
            """)
    var initializedRate: Float?

    @Option(help: "How the learning rate falls: cosine or step. Default: step of VGG16's and mobilenetv1-ssd300.")
    var schedule: TrainingSettings.Schedule?

    @Option(
        help: "Steps over which the learning rate rises; a quarter of all at most. Default: 100, of ssdlite ones 300.")
    var warmUp: Int?

    @Option(help: "The momentum of the descent; of adamw its first beta.")
    var momentum: Float = 0.9

    @Option(
        help: """
            The weight decay. Default: 0.0005, of ssdlite architectures 0.00004, of mobilenetv1-ssd300 0.00005; for few photos \
            0.02.
            """)
    var weightDecay: Float?

    @Option(help: "The greatest length of the gradient; a longer one is scaled to it.")
    var gradientClipping: Float = 10

    @Option(
        help: """
            The decay of the running average of the weights, which is what detects; 0 for none. Default: 0.999, for few photos \
            0.98.
            """)
    var ema: Float?

    @Option(help: "What the first weights, the order of the photos and their variations follow from.")
    var seed: UInt64 = 1

    @Option(
        help: ArgumentHelp(
            "The last epochs, in which the network computes as it will in bytes, so that its weights get used to that: the run "
                + "then has a best-int8.safetensors too. A tenth of the epochs is a good number.", valueName: "epochs"))
    var quantizationAware = 0

    func validate() throws {
        func check(_ condition: Bool, _ message: String) throws {
            if !condition { throw ValidationError(message) }
        }
        try check((1...100_000).contains(epochs ?? 1), "--epochs is a number from 1 to 100000.")
        try check((1...1024).contains(batchSize ?? 1), "--batch-size is a number from 1 to 1024.")
        try check((1...1024).contains(accumulate), "--accumulate is a number of parts, from 1 to 1024.")
        let learningRate = learningRate ?? 1
        try check(learningRate > 0 && learningRate <= 10, "--learning-rate is a number above 0, at most 10.")
        let initializedRate = initializedRate ?? 1
        try check(initializedRate > 0 && initializedRate <= 1, "--initialized-rate is a number above 0, at most 1.")
        try check((0...10_000_000).contains(warmUp ?? 0), "--warm-up is a number of steps.")
        try check(momentum >= 0 && momentum < 1, "--momentum is a number from 0 to below 1.")
        let weightDecay = weightDecay ?? 0
        try check(weightDecay >= 0 && weightDecay <= 1, "--weight-decay is a number from 0 to 1.")
        try check(gradientClipping > 0 && gradientClipping.isFinite, "--gradient-clipping is a number above 0.")
        let ema = ema ?? 0
        try check(ema >= 0 && ema < 1, "--ema is a number from 0 to below 1.")
        try check((0...100_000).contains(quantizationAware), "--quantization-aware is a number of epochs.")
    }
}

/// The objective of a training run: default boxes, matching and loss.
struct ObjectiveArguments: ParsableArguments {
    @Option(help: "How objects find their default boxes: bipartite, or perTruthArgMax as ssd.pytorch does.")
    var matching = DefaultBoxMatcher.Strategy.bipartite

    @Option(help: "The overlap from which a default box has an object.")
    var matchingThreshold: Float = 0.5

    @Option(help: "Negatives mined for each positive.")
    var negativesPerPositive = 3.0

    @Option(help: "The weight of the localization loss.")
    var localizationWeight: Float = 1

    @Option(help: "What becomes of objects marked difficult: train, or ignore, so that they count neither way.")
    var difficult = TrainingSettings.DifficultObjects.train

    @Flag(help: "Multiply an object's loss by the score of its annotation, where it has one.")
    var labelWeights = false

    @Option(
        help: """
            Sizes of default boxes, in pixels of the input, separated by commas: ten of small-ssd300, two for each feature \
            map; thirteen of ssdlite-mobilenetv2, three for the first map and two for each other; of ssdlite-mobilenetv2-fpn \
            two more before them, of its finest map. Ascending, those of the finest map for themselves.
            """,
        transform: Self.sizes)
    var boxSizes: [Float]?

    @Option(help: "The aspect ratio of default boxes that are not square.")
    var boxAspectRatio = SmallSSD300.boxAspectRatio

    @Option(help: "Overlap above which the lower of two detections of a class is dropped. Default: the architecture's.")
    var iouThreshold: Float?

    func validate() throws {
        func check(_ condition: Bool, _ message: String) throws {
            if !condition { throw ValidationError(message) }
        }
        try check(matchingThreshold > 0 && matchingThreshold <= 1, "--matching-threshold is a number from 0 to 1.")
        try check((0...1000).contains(negativesPerPositive), "--negatives-per-positive is a number from 0 to 1000.")
        try check((0...1000).contains(localizationWeight), "--localization-weight is a number from 0 to 1000.")
        try check(boxAspectRatio > 1 && boxAspectRatio <= 10, "--box-aspect-ratio is a number above 1, at most 10.")
        let iouThreshold = iouThreshold ?? 1
        try check(iouThreshold > 0 && iouThreshold <= 1, "--iou-threshold is a number from 0 to 1.")
    }

    private static func sizes(_ text: String) throws -> [Float] {
        let sizes = text.split(separator: ",", omittingEmptySubsequences: false).compactMap { Float($0) }
        guard !sizes.isEmpty, sizes.count == text.split(separator: ",", omittingEmptySubsequences: false).count,
            sizes.allSatisfy({ $0 >= 1 && $0 <= 600 })
        else { throw ValidationError("--box-sizes is numbers from 1 to 600, separated by commas.") }
        return sizes
    }
}

/// How photos are varied.
struct AugmentationArguments: ParsableArguments {
    @Flag(inversion: .prefixedNo, help: "Vary light and colours.")
    var photometric = true

    @Option(
        help:
            "The largest canvas a photo is put on, by its side over the photo's; 1 for none. Default: 4, for few photos 1.5."
    )
    var zoomOut: Float?

    @Option(
        help:
            "The smallest part that is cut out, by its √area over the photo's; 1 for none. Default: 0.3, for few photos 0.5."
    )
    var cropScale: Float?

    @Option(help: "The greatest aspect ratio of a part relative to the photo's.")
    var cropAspectRatio: Float = 2

    @Option(
        help: "Mirror images: none, horizontal; both, or all with quarter turns too, where nothing has an up.")
    var flip = TrainingSettings.Mirrors.horizontal

    @Option(help: "How often parts of four photos are put together, 0 to 1.")
    var mosaic: Float = 0

    @Option(help: "The last epochs, in which no photos are put together.")
    var mosaicFreeEpochs = 0

    func validate() throws {
        guard (1...16).contains(zoomOut ?? 1) else { throw ValidationError("--zoom-out is a number from 1 to 16.") }
        guard (0.05...1).contains(cropScale ?? 1) else {
            throw ValidationError("--crop-scale is a number from 0.05 to 1.")
        }
        guard (1...10).contains(cropAspectRatio) else {
            throw ValidationError("--crop-aspect-ratio is a number from 1 to 10.")
        }
        guard mosaicFreeEpochs >= 0 else { throw ValidationError("--mosaic-free-epochs is a number of epochs.") }
        guard (0...1).contains(mosaic) else { throw ValidationError("--mosaic is a probability, from 0 to 1.") }
    }
}
