import Networks
import Quantization

/// An 8-bit model, and how it came about.
struct QuantizedModel {
    var model: DetectionModel
    /// How its ranges were chosen.
    let range: CalibrationRange
    /// The photos that calibration saw.
    let photos: Int
    /// How well it finds what the float model does; nil where that finds nothing.
    var figures: DetectionAgreement.Figures?
    /// For each way of choosing ranges that was tried, how well the float model's detections were found; nil where that
    /// finds nothing.
    let agreements: [(range: CalibrationRange, figures: DetectionAgreement.Figures?)]
    /// The convolutions that stay float for agreement's sake, if there are such.
    var kept: KeptFloat?
    /// Whether its 3×3 convolutions are computed by Winograd's method.
    var usesWinograd = false
    /// What that method does to agreement, where it was tried.
    var winograd: Winograd?

    /// How well the detections are found by Winograd's method and without.
    struct Winograd {
        let with: DetectionAgreement.Figures?
        let without: DetectionAgreement.Figures?
    }

    /// What to tell of it, in a line.
    var summary: String {
        guard let figures else {
            return "The float model finds nothing in these \(photos) photos: whether the bytes do as well is not known."
        }
        var text =
            "AP \(figures.averagePrecision.fixed(3)), AP50 \(figures.averagePrecision50.fixed(3)) "
            + "with the float model's detections in these \(photos) photos for truth; ranges by \(range.rawValue)"
        let others = agreements.filter { $0.range != range }.compactMap { other in
            other.figures.map { "\(other.range.rawValue) \($0.averagePrecision.fixed(3))" }
        }
        if !others.isEmpty { text += " (\(others.joined(separator: ", ")))" }
        if let winograd, let with = winograd.with, let without = winograd.without {
            text +=
                usesWinograd
                ? "; 3×3 convolutions by Winograd's method (without it \(without.averagePrecision.fixed(3)))"
                : "; without Winograd's method (with it \(with.averagePrecision.fixed(3)))"
        }
        if let kept { text += "; \(kept.summary)" }
        return text
    }

    /// What to try where it finds much less than the float model; nil where that is not so, or was tried.
    var advice: String? {
        guard kept == nil, let ap = figures?.averagePrecision, ap < QuantizationArguments.modestAgreement else {
            return nil
        }
        return "--agreement \(QuantizationArguments.modestAgreement) looks for convolutions to keep in floats"
    }
}
