import Datasets
import ModelFiles
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
        /// Then its form in bytes was, of a run that simulates them.
        case evaluationInBytes(DetectorEvaluation, steps: Int, isBest: Bool)
        /// A checkpoint was written after so many steps.
        case checkpoint(steps: Int)
        /// After so many steps the run ends, since evaluations have found nothing better than that after `best` steps.
        case endedEarly(steps: Int, best: Int)
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
    private let patience: Int
    private let name: String
    private let provenance: [(name: String, value: String)]
    private let clock = ContinuousClock()
    /// The best evaluation so far, and how many came after it.
    private var best: RunDirectory.BestEvaluation?
    /// The best evaluation of the detector in bytes so far.
    private var bestInBytes: RunDirectory.BestEvaluation?
    private var watch: LossWatch
    /// The step of the newest checkpoint.
    private var savedSteps: Int

    /// A run of `epochs` epochs.
    ///
    /// - Parameters:
    ///   - trainer: At its first step, or at that of the folder's checkpoint.
    ///   - validation: What is evaluated on, every `evaluateEvery` epochs and at the end; nil for no evaluation.
    ///   - name: What the detector is called.
    ///   - provenance: What its file says about where it comes from, besides its figures.
    ///   - checkpointInterval: Time between checkpoints, besides those after an evaluation.
    ///   - patience: The evaluations that the run goes on for without a better one; 0 for all.
    public init(
        trainer: Trainer, directory: RunDirectory, validation: (any DetectionDataset)?, epochs: Int,
        evaluateEvery: Int, checkpointInterval: Duration, patience: Int = 0, name: String,
        provenance: [(name: String, value: String)] = []
    ) {
        precondition(epochs >= 1 && evaluateEvery >= 1 && patience >= 0, "epochs are counted from 1")
        self.trainer = trainer
        self.directory = directory
        self.validation = validation
        self.checkpointInterval = checkpointInterval
        self.patience = patience
        self.name = name
        self.provenance = provenance
        watch = LossWatch(trainer.configuration.loss, classCount: trainer.detector.model.labels.count)
        savedSteps = trainer.completedSteps
        totalSteps = epochs * trainer.stepsPerEpoch
        evaluationSteps = evaluateEvery * trainer.stepsPerEpoch
    }

    /// Whether evaluations have found nothing better for as long as the run has patience.
    private var isOutOfPatience: Bool { patience > 0 && awaited.map { $0.later >= patience } ?? false }

    /// The evaluation that later ones should be better than: of a run that will simulate bytes, one of the detector in bytes.
    private var awaited: RunDirectory.BestEvaluation? {
        trainer.configuration.simulatesBytesFrom == nil ? best : bestInBytes
    }

    /// Runs to the end, or until nothing better comes, or until `observe` says no, or until the loss is beyond hope: then the last checkpoint whose loss was
    /// not, and the best detector, stay.
    ///
    /// - Parameter observe: Called for every event; whether to go on. A run that stops writes a checkpoint first.
    /// - Returns: whether the end was reached.
    @discardableResult
    public func run(observe: (Event) -> Bool) throws(TrainingRunError) -> Bool {
        do {
            try directory.create()
            try directory.dropMetrics(fromStep: trainer.completedSteps)
            best = try directory.bestEvaluation()
            bestInBytes = try directory.bestEvaluationInBytes()
            // A run that was begun can be gone on with.
            if trainer.completedSteps == 0 { try directory.save(trainer.state) }
            watch = LossWatch(
                trainer.configuration.loss, classCount: trainer.detector.model.labels.count,
                after: try directory.metrics().loss.map(\.y))
        } catch { throw .directory(error) }
        var lastCheckpoint = clock.now
        while trainer.completedSteps < totalSteps, !isOutOfPatience {
            let start = clock.now
            let result: StepResult
            do { result = try trainer.step() } catch {
                if case .diverged = error { throw diverged(loss: nil) }
                throw .trainer(error)
            }
            let seconds = start.duration(to: clock.now) / .seconds(1)
            do {
                try directory.append(result, imagesPerSecond: Double(trainer.configuration.batchSize) / seconds)
            } catch { throw .directory(error) }
            let isLast = trainer.completedSteps == totalSteps
            watch.add(result.loss.total)
            if let loss = watch.explosion(isLast: isLast) { throw diverged(loss: loss) }
            var goesOn = observe(.step(result))
            var isDue = isLast || !goesOn || lastCheckpoint.duration(to: clock.now) >= checkpointInterval
            if isLast || trainer.completedSteps % evaluationSteps == 0 {
                guard trainer.state.isFinite else { throw diverged(loss: nil) }
                goesOn = try evaluate(isLast: isLast, observe) && goesOn
                isDue = true
            }
            // What may be lost is not worth a checkpoint that was not.
            if isDue, isLast || !goesOn || !watch.isHigh {
                guard trainer.state.isFinite else { throw diverged(loss: nil) }
                do { try directory.save(trainer.state) } catch { throw .directory(error) }
                savedSteps = trainer.completedSteps
                lastCheckpoint = clock.now
                goesOn = observe(.checkpoint(steps: trainer.completedSteps)) && goesOn
            }
            if !isLast, isOutOfPatience, let awaited {
                _ = observe(.endedEarly(steps: trainer.completedSteps, best: awaited.step + 1))
                return true
            }
            if !goesOn, !isLast { return false }
        }
        return true
    }

    private func diverged(loss: Double?) -> TrainingRunError {
        .diverged(
            step: trainer.completedSteps + (loss == nil ? 1 : 0), loss: loss, untrained: watch.untrained,
            checkpoint: savedSteps)
    }

    /// Whether steps so far were computed as in bytes.
    private var hasSimulatedBytes: Bool {
        trainer.configuration.simulatesBytesFrom.map { trainer.completedSteps > $0 } ?? false
    }

    /// Evaluates the running average and keeps it if it is the best so far; without photos to evaluate on, the last is the
    /// best. So too its form in bytes, once these were simulated.
    private func evaluate(isLast: Bool, _ observe: (Event) -> Bool) throws(TrainingRunError) -> Bool {
        guard isLast || validation != nil else { return true }
        var model = try model()
        var inBytes: DetectionModel?
        if hasSimulatedBytes {
            inBytes = try EightBitDetector.make(
                of: model, from: trainer.dataset, threads: trainer.configuration.threads)
        }
        guard let validation else {
            try write(model, to: directory.lastPath)
            try write(model, to: directory.bestPath)
            if let inBytes { try write(inBytes, to: directory.bestInBytesPath) }
            return true
        }
        let evaluation = try evaluation(of: model, on: validation)
        model.provenance = provenance + figures(evaluation)
        let isBest = Self.note(evaluation, after: trainer.completedSteps, &best)
        var evaluationInBytes: DetectorEvaluation?
        if let inBytes { evaluationInBytes = try self.evaluation(of: inBytes, on: validation) }
        do {
            try directory.append(
                evaluation, inBytes: evaluationInBytes, labels: trainer.detector.model.labels,
                step: trainer.completedSteps - 1)
        } catch { throw .directory(error) }
        if isLast || isOutOfPatience { try write(model, to: directory.lastPath) }
        if isBest { try write(model, to: directory.bestPath) }
        var goesOn = observe(.evaluation(evaluation, steps: trainer.completedSteps, isBest: isBest))
        if var inBytes, let evaluationInBytes {
            let isBest = Self.note(evaluationInBytes, after: trainer.completedSteps, &bestInBytes)
            inBytes.provenance =
                provenance + figures(evaluationInBytes) + [("precision", "int8, simulated in training")]
            if isBest { try write(inBytes, to: directory.bestInBytesPath) }
            goesOn =
                observe(.evaluationInBytes(evaluationInBytes, steps: trainer.completedSteps, isBest: isBest)) && goesOn
        }
        return goesOn
    }

    private func evaluation(
        of model: DetectionModel, on dataset: any DetectionDataset
    ) throws(TrainingRunError) -> DetectorEvaluation {
        do {
            return try DetectorEvaluation(model, on: dataset, threads: trainer.configuration.threads)
        } catch { throw .evaluation(error) }
    }

    /// Compares an evaluation with the best before it.
    ///
    /// - Returns: whether it is the best so far.
    private static func note(
        _ evaluation: DetectorEvaluation, after steps: Int, _ best: inout RunDirectory.BestEvaluation?
    ) -> Bool {
        let isBest = best.map { evaluation.averagePrecision > $0.averagePrecision } ?? true
        if isBest {
            best = RunDirectory.BestEvaluation(step: steps - 1, averagePrecision: evaluation.averagePrecision)
        } else {
            best?.later += 1
        }
        return isBest
    }

    /// What a model's file says about how good it is.
    private func figures(_ evaluation: DetectorEvaluation) -> [(name: String, value: String)] {
        func rounded(_ value: Double) -> String { "\((value * 1e4).rounded() / 1e4)" }
        return [
            ("steps", "\(trainer.completedSteps)"), ("validation AP", rounded(evaluation.averagePrecision)),
            ("validation AP50", rounded(evaluation.averagePrecision50)),
        ]
    }

    private func model() throws(TrainingRunError) -> DetectionModel {
        do {
            return try trainer.detector.model(
                parameters: trainer.state.bestParameters, name: name, version: "0", provenance: provenance,
                roundsWeights: true)
        } catch { throw .network("\(error)") }
    }

    private func write(_ model: DetectionModel, to path: String) throws(TrainingRunError) {
        do { try ModelFile.write(model, to: path) } catch { throw .model(error) }
    }
}
