import MultiBox
import Networks

/// Trains a detector, step by step.
///
/// Invariant: `state` holds everything that the next step depends on besides the detector, the dataset and the
/// configuration. Steps are the same bits for any number of threads, and after any interruption.
///
/// Not `Sendable`: whoever made it calls it.
public final class Trainer {
    /// What is trained.
    public let detector: TrainableDetector
    /// How.
    public let configuration: TrainerConfiguration
    /// What has become of it.
    public var state: TrainingState {
        TrainingState(step: nextStep, parameters: parameters, optimizer: optimizer, average: average)
    }

    // The parts of `state`, apart, since a step changes one by another.
    private var nextStep: Int
    private var parameters: [TrainingParameter]
    private var optimizer: StochasticGradientDescent
    private var average: ExponentialMovingAverage?

    private let loader: BatchLoader
    private let prefetcher: BatchPrefetcher
    private let interpreter: TrainingInterpreter
    private let gradients: (locations: FloatBuffer, scores: FloatBuffer)

    /// A trainer at its first step or, with a state, where another stopped.
    ///
    /// - Parameter parameters: What to begin with; by default random weights.
    /// - Throws: what does not fit together.
    public init(
        detector: TrainableDetector, dataset: any DetectionDataset, configuration: TrainerConfiguration,
        beginningWith parameters: [TrainingParameter]? = nil, resuming state: TrainingState? = nil
    ) throws(TrainerError) {
        guard dataset.labels == detector.labels else { throw .labels }
        guard dataset.photos.count >= configuration.batchSize else {
            throw .tooFewPhotos(photos: dataset.photos.count, batchSize: configuration.batchSize)
        }
        guard dataset.photos.contains(where: { $0.objects.contains { !$0.isCrowd } }) else {
            throw .noObjects(photos: dataset.photos.count)
        }
        let boxes: [CenterBox]
        do { boxes = try DefaultBoxGenerator(detector.defaultBoxes).boxes() } catch { throw .defaultBoxes("\(error)") }
        let encoder: MultiBoxTargetEncoder
        do {
            encoder = try MultiBoxTargetEncoder(
                matcher: configuration.matcher, coder: detector.coder, defaultBoxes: boxes,
                classCount: detector.labels.count)
        } catch { throw .defaultBoxes("\(error)") }
        let graph = detector.graph
        let shapes = graph.outputs.map { graph[$0].dimensions }
        guard shapes == [[boxes.count, 4], [boxes.count, detector.labels.count]] else {
            throw .defaultBoxes("the network has outputs \(shapes) for \(boxes.count) boxes")
        }
        let fresh = Self.firstState(parameters ?? graph.initialParameters(seed: configuration.seed), configuration)
        if parameters != nil {
            let random = Self.firstState(graph.initialParameters(seed: configuration.seed), configuration)
            try Self.check(fresh, against: random)
        }
        if let state { try Self.check(state, against: fresh) }
        let start = state ?? fresh
        (nextStep, self.parameters, optimizer, average) = (start.step, start.parameters, start.optimizer, start.average)
        self.detector = detector
        self.configuration = configuration
        loader = BatchLoader(
            dataset: dataset, encoder: encoder, preprocessing: detector.preprocessing, configuration: configuration)
        prefetcher = BatchPrefetcher(
            loader: loader, floats: configuration.batchSize * graph.inputShape.elementCount)
        interpreter = TrainingInterpreter(graph: graph, threads: configuration.threads)
        gradients = (
            FloatBuffer(count: configuration.batchSize * boxes.count * 4),
            FloatBuffer(count: configuration.batchSize * boxes.count * detector.labels.count)
        )
    }

    /// Steps done so far.
    public var completedSteps: Int { nextStep }

    /// Steps of an epoch: each takes a whole batch.
    public var stepsPerEpoch: Int { loader.stepsPerEpoch }

    /// The state before the first step.
    private static func firstState(
        _ parameters: [TrainingParameter], _ configuration: TrainerConfiguration
    ) -> TrainingState {
        TrainingState(
            step: 0, parameters: parameters,
            optimizer: StochasticGradientDescent(
                parameters: parameters, momentum: configuration.momentum, weightDecay: configuration.weightDecay),
            average: configuration.averageDecay.map { ExponentialMovingAverage(parameters: parameters, decay: $0) })
    }

    private static func check(_ state: TrainingState, against fresh: TrainingState) throws(TrainerError) {
        func shape(_ parameter: TrainingParameter) -> String {
            "\(parameter.name) \(parameter.shape) \(parameter.role)"
        }
        guard state.step >= 0, state.parameters.map(shape) == fresh.parameters.map(shape) else {
            throw .checkpointMismatch("its parameters are not those of the network")
        }
        guard state.optimizer.velocities.map(\.count) == fresh.optimizer.velocities.map(\.count),
            state.optimizer.momentum == fresh.optimizer.momentum,
            state.optimizer.weightDecay == fresh.optimizer.weightDecay
        else { throw .checkpointMismatch("momentum or weight decay differ") }
        guard state.average?.values.map(\.count) == fresh.average?.values.map(\.count),
            state.average?.decay == fresh.average?.decay
        else { throw .checkpointMismatch("the running average differs") }
    }

    /// One step: a batch, its loss, its gradient, the descent.
    ///
    /// - Throws: what is wrong with the data, or that training has diverged; the parameters are then as before the step,
    ///   except for running statistics.
    public func step() throws(TrainerError) -> StepResult {
        let step = nextStep
        let images = configuration.batchSize
        let (input, targets) = try prefetcher.batch(ofStep: step)
        interpreter.forward(input, images: images, parameters: &parameters)
        let locationGradient = UnsafeMutableBufferPointer(
            start: gradients.locations.floats, count: gradients.locations.count)
        let scoreGradient = UnsafeMutableBufferPointer(start: gradients.scores.floats, count: gradients.scores.count)
        let loss = interpreter.withOutput(0) { locations in
            interpreter.withOutput(1) { scores in
                configuration.loss(
                    locations: locations, scores: scores, targets: targets, classCount: detector.labels.count,
                    gradients: .init(locations: locationGradient, scores: scoreGradient))
            }
        }
        guard loss.total.isFinite else { throw .diverged(step: step) }
        var gradient = interpreter.backward(
            outputGradients: [UnsafeBufferPointer(locationGradient), UnsafeBufferPointer(scoreGradient)],
            parameters: parameters)
        let norm = configuration.clipping?(&gradient) ?? GradientClipping.norm(gradient)
        guard norm.isFinite else { throw .diverged(step: step) }
        let rate = configuration.schedule(step)
        optimizer.step(&parameters, gradients: gradient, learningRate: rate)
        average?.update(parameters)
        nextStep += 1
        return StepResult(
            step: step, epoch: step / stepsPerEpoch, loss: loss, gradientNorm: norm, learningRate: rate)
    }
}
