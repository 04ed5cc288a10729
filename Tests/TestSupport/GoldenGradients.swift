import Foundation

/// PyTorch's gradients of a whole detector in double precision; the script that made them is beside the numbers.
public struct GoldenGradients: Decodable, Sendable {
    /// The input's side, in pixels.
    public let side: Int
    /// Photos of the batch.
    public let images: Int
    /// Default boxes.
    public let boxes: Int
    /// The loss of each step.
    public let losses: [Double]
    /// Of each parameter's gradient the norm, and its product with the formula's array.
    public let gradients: [String: [Double]]
    /// Of what the steps changed in each parameter the same, where there were several.
    public let changes: [String: [Double]]?
    /// Of running means and variances after the steps the same.
    public let statistics: [String: [Double]]?

    /// The numbers of the architecture called `name`.
    public init(_ name: String) throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../Fixtures/torch-gradients/expected.json")
        let all = try JSONDecoder().decode([String: GoldenGradients].self, from: Data(contentsOf: file))
        guard let golden = all[name] else { throw CocoaError(.fileReadCorruptFile) }
        self = golden
    }

    /// How far values are from what is expected of them, relative to the norm: in the norm, or in the product, of which a
    /// random error would have a share.
    ///
    /// - Parameter leastNorm: What they are relative to at least.
    public static func error(_ values: [Float], expected: [Double], leastNorm: Double = 0) -> Double {
        let direction = FormulaArray.values("projection", count: values.count, -1, 1)
        let norm = values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        let product = zip(values, direction).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        return max(abs(norm - expected[0]), abs(product - expected[1])) / max(expected[0], leastNorm)
    }
}
