import Foundation
import Training

/// What a person sees of a training run: on a terminal one line that rewrites itself, elsewhere a plain line every ten
/// seconds; evaluations always get a line.
struct TrainingProgress {
    private let totalSteps: Int
    private let stepsPerEpoch: Int
    private let epochs: Int
    private let batchSize: Int
    private let isTerminal = StandardError.isTerminal
    private let start = ContinuousClock.now
    private var lastShown: ContinuousClock.Instant?
    private var stepsHere = 0
    /// The rate and losses of late: averages over about 50 steps, as single batches vary.
    private var rate: Double?
    private var losses: (confidence: Double, localization: Double)?
    private var lastStep: ContinuousClock.Instant?

    init(run: TrainingRun) {
        totalSteps = run.totalSteps
        stepsPerEpoch = run.trainer.stepsPerEpoch
        epochs = run.totalSteps / run.trainer.stepsPerEpoch
        batchSize = run.trainer.configuration.batchSize
    }

    /// Shows what happened.
    mutating func show(_ event: TrainingRun.Event) {
        switch event {
        case .step(let result): show(result)
        case .evaluation(let evaluation, let steps, let isBest): show(evaluation, steps, isBest)
        case .evaluationInBytes(let evaluation, let steps, let isBest): show(evaluation, steps, isBest, " in int8")
        case .checkpoint: lastStep = .now
        case .endedEarly(let steps, let best):
            write(
                "ends at epoch \(steps / stepsPerEpoch): nothing was better than epoch \(best / stepsPerEpoch), which "
                    + "best.safetensors is of")
        }
    }

    /// Takes the line away that rewrites itself.
    func finish() { if isTerminal, lastShown != nil { StandardError.rewrite("") } }

    private mutating func show(
        _ evaluation: DetectorEvaluation, _ steps: Int, _ isBest: Bool, _ form: String = ""
    ) {
        write(
            "epoch \(steps / stepsPerEpoch)\(form): AP \(evaluation.averagePrecision.fixed(4)), "
                + "AP50 \(evaluation.averagePrecision50.fixed(4))\(isBest ? ", the best so far" : "")")
        // The time that it took says nothing about the rate of training.
        lastStep = .now
    }

    private mutating func show(_ result: StepResult) {
        let now = ContinuousClock.now
        let seconds = (lastStep ?? start).duration(to: now).seconds
        lastStep = now
        func smooth(_ old: Double?, _ new: Double) -> Double { old.map { $0 + (new - $0) * 0.02 } ?? new }
        // The first step makes what the later ones use again.
        if stepsHere > 0 { rate = smooth(rate, seconds) }
        stepsHere += 1
        losses = (
            smooth(losses?.confidence, result.loss.confidence), smooth(losses?.localization, result.loss.localization)
        )
        let interval: Duration = isTerminal ? .milliseconds(200) : .seconds(10)
        if let lastShown, lastShown.duration(to: now) < interval { return }
        lastShown = now
        guard let losses else { return }
        var line = "epoch \(result.epoch + 1)/\(epochs), step \(result.step + 1)/\(totalSteps)"
        line += ", loss \((losses.confidence + losses.localization).fixed(3))"
        line += " (classes \(losses.confidence.fixed(3)), boxes \(losses.localization.fixed(3)))"
        if let rate, rate > 0 {
            line += ", \((Double(batchSize) / rate).fixed(1)) images/s"
            line += ", \(Progress.clock(rate * Double(totalSteps - result.step - 1))) left"
        }
        if isTerminal { StandardError.rewrite(line) } else { write(line) }
    }

    /// A line that stays.
    private func write(_ line: String) {
        if isTerminal { StandardError.rewrite(line + "\n") } else { StandardError.write(line + "\n") }
    }
}
