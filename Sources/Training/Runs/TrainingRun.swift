import MultiBox
import Networks

/// A whole training run in its folder: steps, now and then an evaluation and a checkpoint, the best and the last model.
///
/// After an evaluation and before the run goes on, its line of metrics, then the best model, then the checkpoint are
/// written. A run that is cut off anywhere goes on from its checkpoint, does the rest again as it was, bit for bit, and
/// writes the same lines and models over those that the checkpoint does not know of.
public final class TrainingRun {
    /// What happens in a run.
    public enum Event: Sendable {
        /// A step is done.
        case step(StepResult)
        /// The detector was evaluated after so many steps.
        case evaluation(DetectorEvaluation, steps: Int, isBest: Bool)
        /// A checkpoint was written after so many steps.
        case checkpoint(steps: Int)
    }

    /// What is trained, and how.
    public let trainer: Trainer
    /// The run's folder.
    public let directory: RunDirectory
    /// Steps of the whole run.
    public let totalSteps: Int
    private let validation: (any DetectionDataset)?
    private let evaluationSteps: Int
    private let checkpointInterval: Duration
    private let clock = ContinuousClock()
    /// The best average precision so far.
    private var best: Double?

    /// A run of `epochs` epochs.
    ///
    /// - Parameters:
    ///   - trainer: At its first step, or at that of the folder's checkpoint.
    ///   - validation: What is evaluated on, every `evaluateEvery` epochs and at the end; nil for no evaluation.
    ///   - checkpointInterval: Time between checkpoints, besides those after an evaluation.
    public init(
        trainer: Trainer, directory: RunDirectory, validation: (any DetectionDataset)?, epochs: Int,
        evaluateEvery: Int, checkpointInterval: Duration
    ) {
        precondition(epochs >= 1 && evaluateEvery >= 1, "epochs are counted from 1")
        self.trainer = trainer
        self.directory = directory
        self.validation = validation
        self.checkpointInterval = checkpointInterval
        totalSteps = epochs * trainer.stepsPerEpoch
        evaluationSteps = evaluateEvery * trainer.stepsPerEpoch
    }

    /// Runs to the end, or until `observe` says no.
    ///
    /// - Parameter observe: Called for every event; whether to go on. A run that stops writes a checkpoint first.
    /// - Returns: whether the end was reached.
    @discardableResult
    public func run(observe: (Event) -> Bool) throws(TrainingRunError) -> Bool {
        do {
            try directory.dropMetrics(fromStep: trainer.completedSteps)
            best = try directory.bestAveragePrecision()
        } catch { throw .directory(error) }
        var lastCheckpoint = clock.now
        while trainer.completedSteps < totalSteps {
            let start = clock.now
            let result: StepResult
            do { result = try trainer.step() } catch { throw .trainer(error) }
            let seconds = start.duration(to: clock.now) / .seconds(1)
            do {
                try directory.append(result, imagesPerSecond: Double(trainer.configuration.batchSize) / seconds)
            } catch { throw .directory(error) }
            var goesOn = observe(.step(result))
            let isLast = trainer.completedSteps == totalSteps
            var isDue = isLast || !goesOn || lastCheckpoint.duration(to: clock.now) >= checkpointInterval
            if isLast || trainer.completedSteps % evaluationSteps == 0, let validation {
                goesOn = try evaluate(on: validation, observe) && goesOn
                isDue = true
            }
            if isDue {
                do { try directory.save(trainer.state) } catch { throw .directory(error) }
                lastCheckpoint = clock.now
                goesOn = observe(.checkpoint(steps: trainer.completedSteps)) && goesOn
            }
            if !goesOn, !isLast { return false }
        }
        return true
    }

    /// Evaluates the running average and keeps it if it is the best so far.
    private func evaluate(
        on validation: any DetectionDataset, _ observe: (Event) -> Bool
    ) throws(TrainingRunError) -> Bool {
        let parameters = trainer.state.bestParameters
        let model: DetectionModel
        do {
            model = try trainer.detector.model(parameters: parameters, name: directory.name, version: "0")
        } catch { throw .network("\(error)") }
        let evaluation: DetectorEvaluation
        do {
            evaluation = try DetectorEvaluation(model, on: validation, threads: trainer.configuration.threads)
        } catch { throw .evaluation(error) }
        let isBest = best.map { evaluation.averagePrecision > $0 } ?? true
        do {
            try directory.append(evaluation, labels: trainer.detector.labels, step: trainer.completedSteps - 1)
            if isBest { try Checkpoint.write(trainer.state, to: directory.bestPath) }
        } catch { throw .directory(error) }
        if isBest { best = evaluation.averagePrecision }
        return observe(.evaluation(evaluation, steps: trainer.completedSteps, isBest: isBest))
    }
}
