import Datasets
import MultiBox

/// How a detector is trained.
public struct TrainerConfiguration: Sendable, Hashable {
    /// Photos of a step.
    public var batchSize: Int
    /// Parts of a batch that are computed one after the other, their gradients summed: memory is needed for one part. What
    /// batch normalization takes from a batch, it takes from a part.
    public var accumulation: Int
    /// The learning rate of each step.
    public var schedule: LearningRateSchedule
    /// How gradients become steps.
    public var optimizer: Optimizer.Kind
    /// The momentum of the descent; of AdamW its β₁.
    public var momentum: Float
    /// The weight decay.
    public var weightDecay: Float
    /// A bound on the gradient's length; nil for none.
    public var clipping: GradientClipping?
    /// The decay of the running average of the parameters; nil for none.
    public var averageDecay: Float?
    /// How photos are varied.
    public var augmentation: Augmentation
    /// How objects find their default boxes.
    public var matcher: DefaultBoxMatcher
    /// The objective.
    public var loss: MultiBoxLoss
    /// Whether objects that are marked difficult count neither way, as crowds do.
    public var ignoresDifficult: Bool
    /// Whether an object's loss is multiplied by its score.
    public var weighsByScore: Bool
    /// The step from which bytes are simulated, counted from 0; nil for never.
    public var simulatesBytesFrom: Int?
    /// What everything random follows from: the first weights, the order of the photos, their variations.
    public var seed: UInt64
    /// Threads.
    public var threads: Int

    /// What a photo's objects are to training.
    func objects(of photo: DatasetPhoto) -> [AnnotatedObject] {
        photo.objects.map { object in
            var object = object
            if ignoresDifficult, object.isDifficult { object.isCrowd = true }
            if !weighsByScore { object.score = 1 }
            return object
        }
    }

    /// The published settings, unless said otherwise, on a batch that fits a CPU.
    public init(
        batchSize: Int = 16, accumulation: Int = 1, schedule: LearningRateSchedule = LearningRateSchedule(base: 1e-3),
        optimizer: Optimizer.Kind = .momentum, momentum: Float = 0.9,
        weightDecay: Float = 5e-4, clipping: GradientClipping? = GradientClipping(maximumNorm: 10),
        averageDecay: Float? = 0.999, augmentation: Augmentation = Augmentation(),
        matcher: DefaultBoxMatcher = DefaultBoxMatcher(), loss: MultiBoxLoss = MultiBoxLoss(),
        ignoresDifficult: Bool = false, weighsByScore: Bool = false, simulatesBytesFrom: Int? = nil, seed: UInt64 = 1,
        threads: Int
    ) {
        precondition(batchSize >= 1 && accumulation >= 1 && threads >= 1)
        self.batchSize = batchSize
        self.accumulation = accumulation
        self.schedule = schedule
        self.optimizer = optimizer
        self.momentum = momentum
        self.weightDecay = weightDecay
        self.clipping = clipping
        self.averageDecay = averageDecay
        self.augmentation = augmentation
        self.matcher = matcher
        self.loss = loss
        self.ignoresDifficult = ignoresDifficult
        self.weighsByScore = weighsByScore
        self.simulatesBytesFrom = simulatesBytesFrom
        self.seed = seed
        self.threads = threads
    }
}
