/// The convolutions that stay in floats for agreement's sake.
struct KeptFloat {
    /// Their names, the most sensitive first.
    let layers: [String]
    /// All convolutions there are.
    let convolutions: Int
    /// Their share of the network's multiply-adds, 0...1.
    let cost: Double
    /// How well the float model's detections were found before.
    let before: DetectionAgreement.Figures

    /// What to tell of them, in half a sentence.
    var summary: String {
        "\(layers.count) of \(convolutions) convolutions, \((cost * 100).fixed(1)) % of the multiply-adds, stay float "
            + "(without that \(before.averagePrecision.fixed(3))): \(layers.joined(separator: ", "))"
    }
}
