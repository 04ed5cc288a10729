import Engine
import Networks
import Quantization

/// Looks for the fewest convolutions that have to stay in floats for an 8-bit model to find what the float one finds.
///
/// Convolutions are taken in the order of their sensitivity, each measured by itself. How many it takes is found by trying
/// twice as many until it is enough, and then between the last two: some 2 log₂ n looks at the photos for n convolutions.
struct FloatLayerSearch {
    let quantizer: ModelQuantizer
    let agreement: DetectionAgreement
    /// Photos to measure sensitivities with.
    let samples: [InferenceInput]
    let range: CalibrationRange
    let winograd: Bool
    /// Convolutions that stay in floats by wish, as a rule about their names.
    let staysFloat: (String) -> Bool

    /// Photos that sensitivities are measured with.
    static let sampleCount = 8

    /// What was found.
    struct Outcome {
        let model: DetectionModel
        let figures: DetectionAgreement.Figures
        let kept: KeptFloat
    }

    /// The model with the fewest that reaches a target.
    ///
    /// - Parameters:
    ///   - target: the AP to reach, 0...1.
    ///   - maximumCost: the share of the multiply-adds that may stay in floats, 0...1, beyond those that do by wish.
    ///   - before: the AP without.
    /// - Throws: `Failure` if that share does not do.
    func run(
        target: Double, maximumCost: Double, before: DetectionAgreement.Figures
    ) throws -> Outcome {
        let candidates = try candidates(maximumCost: maximumCost)
        var best: (count: Int, figures: DetectionAgreement.Figures)?
        var tried: [Int: Outcome] = [:]
        func reaches(_ count: Int) throws -> Bool {
            let outcome = try look(candidates, count: count, before: before)
            tried[count] = outcome
            if best.map({ outcome.figures.averagePrecision > $0.figures.averagePrecision }) ?? true {
                best = (count, outcome.figures)
            }
            return outcome.figures.averagePrecision >= target
        }
        var (tooFew, enough) = (0, min(1, candidates.count))
        while enough > 0, try !reaches(enough) {
            guard enough < candidates.count else {
                enough = 0
                break
            }
            tooFew = enough
            enough = min(2 * enough, candidates.count)
        }
        guard enough > 0 else {
            throw failure(target, maximumCost, before, best.flatMap { tried[$0.count] })
        }
        while enough - tooFew > 1 {
            let middle = (tooFew + enough) / 2
            if try reaches(middle) { enough = middle } else { tooFew = middle }
        }
        guard let outcome = tried[enough] else { preconditionFailure("it was looked at") }
        return outcome
    }

    /// The convolutions that may be kept, the most sensitive first, as far as the cost allows.
    private func candidates(maximumCost: Double) throws -> [LayerSensitivity] {
        var progress = Progress(title: "sensitivity of convolutions", total: .max)
        defer { progress.finish() }
        var isFirst = true
        let all = try quantizer.sensitivities(on: samples, range: range, winograd: winograd, staysFloat: staysFloat) {
            done, total in
            if isFirst { progress = Progress(title: "sensitivity of convolutions", total: total) }
            isFirst = false
            progress.update(done: done)
        }
        var cost = 0.0
        return all.filter { layer in
            // What rounding leaves of the sum is no reason to leave one out.
            guard layer.noise > 0, cost + layer.cost <= maximumCost + 1e-9 else { return false }
            cost += layer.cost
            return true
        }
    }

    private func look(
        _ candidates: [LayerSensitivity], count: Int, before: DetectionAgreement.Figures
    ) throws -> Outcome {
        let kept = candidates.prefix(count)
        let names = Set(kept.map(\.layer))
        let model = try quantizer.quantized(range: range, winograd: winograd) { staysFloat($0) || names.contains($0) }
        guard let figures = try agreement.figures(of: model, title: "\(count) convolutions float") else {
            preconditionFailure("there was something to find before")
        }
        return Outcome(
            model: model, figures: figures,
            kept: KeptFloat(
                layers: kept.map(\.layer), convolutions: quantizer.convolutionCosts.count,
                cost: kept.reduce(0) { $0 + $1.cost }, before: before))
    }

    private func failure(
        _ target: Double, _ maximumCost: Double, _ before: DetectionAgreement.Figures, _ best: Outcome?
    ) -> Failure {
        var text = "AP with the float model's detections for truth is \(before.averagePrecision.fixed(3)) in bytes"
        if let best {
            let (layers, cost) = (best.kept.layers.count, (best.kept.cost * 100).fixed(1))
            text += " and at most \(best.figures.averagePrecision.fixed(3)) with convolutions in floats "
            text += "(\(layers), \(cost) % of the multiply-adds)"
        }
        return Failure(
            text + ", not \(target.fixed(3)): --max-float above \(maximumCost.fixed(2)) or a lower --agreement may do")
    }
}
