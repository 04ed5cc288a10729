import Datasets
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
    /// The photos that it is trained on.
    let dataset: any DetectionDataset
    /// What has become of it.
    public var state: TrainingState {
        TrainingState(step: nextStep, parameters: parameters, optimizer: optimizer, average: average)
    }

    // The parts of `state`, apart, since a step changes one by another.
    private var nextStep: Int
    private var parameters: [TrainingParameter]
    private var optimizer: Optimizer
    private var average: ExponentialMovingAverage?

    /// What the learning rate is multiplied by, for each parameter.
    private let rateFactors: [Float]

    private let loader: BatchLoader
    private let prefetcher: BatchPrefetcher
    private let interpreter: TrainingInterpreter
    private let gradients: (locations: FloatBuffer, scores: FloatBuffer)

    /// A trainer at its first step or, with a state, where another stopped.
    ///
    /// - Throws: what does not fit together.
    public init(
        detector: TrainableDetector, dataset: any DetectionDataset, configuration: TrainerConfiguration,
        resuming state: TrainingState? = nil
    ) throws(TrainerError) {
        let model = detector.model
        guard dataset.labels == model.labels else { throw .labels }
        guard dataset.photos.count >= configuration.batchSize else {
            throw .tooFewPhotos(photos: dataset.photos.count, batchSize: configuration.batchSize)
        }
        guard configuration.batchSize.isMultiple(of: configuration.accumulation) else {
            throw .unevenParts(batchSize: configuration.batchSize, parts: configuration.accumulation)
        }
        guard dataset.photos.contains(where: { configuration.objects(of: $0).contains { !$0.isCrowd } }) else {
            throw .noObjects(photos: dataset.photos.count)
        }
        let boxes: [CenterBox]
        do { boxes = try model.defaultBoxes.boxes() } catch { throw .defaultBoxes("\(error)") }
        let encoder: MultiBoxTargetEncoder
        do {
            encoder = try MultiBoxTargetEncoder(
                matcher: configuration.matcher, coder: model.coder, defaultBoxes: boxes,
                classCount: model.labels.count)
        } catch { throw .defaultBoxes("\(error)") }
        let shapes = model.network.outputs.map { model.network[$0].shape.dimensions }
        guard shapes == [[boxes.count, 4], [boxes.count, model.labels.count]] else {
            throw .defaultBoxes("the network has outputs \(shapes) for \(boxes.count) boxes")
        }
        let fresh = Self.firstState(detector.parameters, configuration)
        // A checkpoint knows parameters by their names.
        var names: Set<String> = []
        if let name = fresh.parameters.lazy.map(\.name).first(where: { !names.insert($0).inserted }) {
            throw .network("two of its parameters are called \(name)")
        }
        if let state { try Self.check(state, against: fresh) }
        let start = state ?? fresh
        (nextStep, self.parameters, optimizer, average) = (start.step, start.parameters, start.optimizer, start.average)
        self.detector = detector
        self.dataset = dataset
        self.configuration = configuration
        rateFactors = model.network.parameters.all.map { detector.rateFactors[$0.description.layer] ?? 1 }
        loader = BatchLoader(
            dataset: dataset, encoder: encoder, preprocessing: model.preprocessing, configuration: configuration)
        prefetcher = BatchPrefetcher(
            loader: loader, floats: configuration.batchSize * model.network[model.network.input].shape.elementCount)
        do throws(NetworkError) {
            interpreter = try TrainingInterpreter(
                network: model.network, frozen: detector.frozen, threads: configuration.threads)
        } catch { throw .network("\(error)") }
        let images = configuration.batchSize / configuration.accumulation
        gradients = (
            FloatBuffer(count: images * boxes.count * 4),
            FloatBuffer(count: images * boxes.count * model.labels.count)
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
            optimizer: Optimizer(
                configuration.optimizer, parameters: parameters, momentum: configuration.momentum,
                weightDecay: configuration.weightDecay),
            average: configuration.averageDecay.map { ExponentialMovingAverage(parameters: parameters, decay: $0) })
    }

    private static func check(_ state: TrainingState, against fresh: TrainingState) throws(TrainerError) {
        func shape(_ parameter: TrainingParameter) -> String {
            "\(parameter.name) \(parameter.shape) \(parameter.treatment)"
        }
        guard state.step >= 0, state.parameters.map(shape) == fresh.parameters.map(shape) else {
            throw .checkpointMismatch("its parameters are not those of the network")
        }
        func carried(_ state: TrainingState) -> [[Int]] { state.optimizer.moments.map { $0.values.map(\.count) } }
        guard state.optimizer.kind == fresh.optimizer.kind, carried(state) == carried(fresh),
            state.optimizer.momentum == fresh.optimizer.momentum,
            state.optimizer.weightDecay == fresh.optimizer.weightDecay
        else { throw .checkpointMismatch("optimizer, momentum or weight decay differ") }
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
        interpreter.simulatesBytes = configuration.simulatesBytesFrom.map { step >= $0 } ?? false
        let (input, targets) = try prefetcher.batch(ofStep: step)
        let images = configuration.batchSize / configuration.accumulation
        let positives = targets.reduce(0) { $0 + $1.positiveCount }
        var (loss, gradient) = (MultiBoxLossValue?.none, [[Float]]())
        for first in stride(from: 0, to: configuration.batchSize, by: images) {
            let size = input.count / configuration.batchSize
            let part = UnsafeBufferPointer(rebasing: input[first * size..<(first + images) * size])
            let value = forward(part, targets: Array(targets[first..<first + images]), positives: positives)
            guard value.total.isFinite else { throw .diverged(step: step) }
            if loss == nil { loss = value } else { loss?.add(value) }
            add(backward(), to: &gradient)
        }
        guard let loss else { preconditionFailure("a batch has photos") }
        let norm = configuration.clipping?(&gradient) ?? GradientClipping.norm(gradient)
        guard norm.isFinite else { throw .diverged(step: step) }
        let rate = configuration.schedule(step)
        optimizer.step(&parameters, gradients: gradient, learningRate: rate, factors: rateFactors)
        average?.update(parameters)
        nextStep += 1
        return StepResult(
            step: step, epoch: step / stepsPerEpoch, loss: loss, gradientNorm: norm, learningRate: rate)
    }

    private var outputGradients:
        (locations: UnsafeMutableBufferPointer<Float>, scores: UnsafeMutableBufferPointer<Float>)
    {
        (
            UnsafeMutableBufferPointer(start: gradients.locations.floats, count: gradients.locations.count),
            UnsafeMutableBufferPointer(start: gradients.scores.floats, count: gradients.scores.count)
        )
    }

    /// The loss of a part of a batch that has so many positives; its gradient by the outputs is kept.
    private func forward(
        _ input: UnsafeBufferPointer<Float>, targets: [MultiBoxTargets], positives: Int
    ) -> MultiBoxLossValue {
        interpreter.forward(input, images: targets.count, parameters: &parameters)
        let (locationGradient, scoreGradient) = outputGradients
        return interpreter.withOutput(0) { locations in
            interpreter.withOutput(1) { scores in
                configuration.loss(
                    locations: locations, scores: scores, targets: targets, classCount: detector.model.labels.count,
                    positives: positives, gradients: .init(locations: locationGradient, scores: scoreGradient))
            }
        }
    }

    /// The gradient by every parameter of what ran last.
    private func backward() -> [[Float]] {
        let (locations, scores) = outputGradients
        return interpreter.backward(
            outputGradients: [UnsafeBufferPointer(locations), UnsafeBufferPointer(scores)], parameters: parameters)
    }

    /// Adds the gradient of a part of a batch to that of those before it.
    private func add(_ part: [[Float]], to sum: inout [[Float]]) {
        guard !sum.isEmpty else { return sum = part }
        for index in sum.indices {
            sum[index].withUnsafeMutableBufferPointer { sum in
                part[index].withUnsafeBufferPointer { part in for i in sum.indices { sum[i] += part[i] } }
            }
        }
    }
}
