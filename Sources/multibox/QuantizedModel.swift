import Networks

/// An 8-bit model, and how it came about.
struct QuantizedModel {
    let model: DetectionModel
    /// How its ranges were chosen.
    let range: CalibrationRange
    /// The photos that calibration saw.
    let photos: Int
    /// For each way of choosing them that was tried, how well the float model's detections were found; nil where that
    /// finds nothing.
    let agreements: [(range: CalibrationRange, figures: DetectionAgreement.Figures?)]

    /// What to tell of it, in a line.
    var summary: String {
        guard let chosen = agreements.first(where: { $0.range == range })?.figures else {
            return "The float model finds nothing in these \(photos) photos: whether the bytes do as well is not known."
        }
        var text =
            "AP \(chosen.averagePrecision.fixed(3)), AP50 \(chosen.averagePrecision50.fixed(3)) "
            + "with the float model's detections in these \(photos) photos for truth; ranges by \(range.rawValue)"
        let others = agreements.filter { $0.range != range }.compactMap { other in
            other.figures.map { "\(other.range.rawValue) \($0.averagePrecision.fixed(3))" }
        }
        if !others.isEmpty { text += " (\(others.joined(separator: ", ")))" }
        return text
    }
}
