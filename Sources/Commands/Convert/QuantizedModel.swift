import Networks
import Quantization

/// An 8-bit model, and how it came about.
struct QuantizedModel {
    var model: DetectionModel
    /// How its ranges were chosen.
    let range: CalibrationRange
    /// The photos that calibration saw.
    let photos: Int
    /// For each way of choosing them that was tried, how well the float model's detections were found; nil where that
    /// finds nothing.
    let agreements: [(range: CalibrationRange, figures: DetectionAgreement.Figures?)]
    /// Whether its 3×3 convolutions are computed by Winograd's method.
    var usesWinograd = false
    /// How well the detections were found by that method, where it was tried and there is something to find.
    var winogradFigures: DetectionAgreement.Figures?

    /// What to tell of it, in a line.
    var summary: String {
        guard let plain = agreements.first(where: { $0.range == range })?.figures else {
            return "The float model finds nothing in these \(photos) photos: whether the bytes do as well is not known."
        }
        let chosen = usesWinograd ? winogradFigures ?? plain : plain
        var text =
            "AP \(chosen.averagePrecision.fixed(3)), AP50 \(chosen.averagePrecision50.fixed(3)) "
            + "with the float model's detections in these \(photos) photos for truth; ranges by \(range.rawValue)"
        let others = agreements.filter { $0.range != range }.compactMap { other in
            other.figures.map { "\(other.range.rawValue) \($0.averagePrecision.fixed(3))" }
        }
        if !others.isEmpty { text += " (\(others.joined(separator: ", ")))" }
        if let winogradFigures {
            text +=
                usesWinograd
                ? "; 3×3 convolutions by Winograd's method (without it \(plain.averagePrecision.fixed(3)))"
                : "; without Winograd's method (with it \(winogradFigures.averagePrecision.fixed(3)))"
        }
        return text
    }
}
