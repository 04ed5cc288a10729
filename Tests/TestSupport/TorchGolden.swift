import Foundation

/// What PyTorch makes of one network with weights and input of `FormulaArray`; the script that made it is beside it.
public struct TorchGolden: Sendable {
    private struct Contents: Decodable {
        var locations: [[Double]]
        var scores: [[Double]]
        var tensors: [Tensor]?
        var detections: [[Double]]?
        var parameters: Int?
    }

    /// A tensor of the state dict.
    public struct Tensor: Decodable, Sendable {
        /// Its name in the state dict.
        public var name: String
        /// Its extents.
        public var shape: [Int]

        /// Reads a pair of name and extents.
        public init(from decoder: any Decoder) throws {
            var container = try decoder.unkeyedContainer()
            name = try container.decode(String.self)
            shape = try container.decode([Int].self)
        }
    }

    /// For each source map the norm of its rows of offsets, and their product with the formula's array.
    public let locations: [[Double]]
    /// The same of the scores.
    public let scores: [[Double]]
    /// The state dict.
    public let tensors: [Tensor]
    /// Detections in raw outputs of the formula: class, score, left, top, right, bottom.
    public let detections: [[Double]]
    /// The number of parameters.
    public let parameterCount: Int

    /// The numbers of the network called `name`.
    public init(_ name: String) throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../Fixtures/torchvision-ssd/expected.json")
        let all = try JSONDecoder().decode([String: Contents].self, from: Data(contentsOf: file))
        guard let contents = all[name] else { throw CocoaError(.fileReadCorruptFile) }
        locations = contents.locations
        scores = contents.scores
        tensors = contents.tensors ?? []
        detections = contents.detections ?? []
        parameterCount = contents.parameters ?? 0
    }

    /// The largest difference between rows and what is expected of them, relative to their size: that of the norm, or of
    /// the product, whose share of the norm a random error would have is small.
    public static func error(_ values: [Float], rows: [Int], columns: Int, expected: [[Double]]) -> Double {
        var begin = 0
        var largest = 0.0
        for (rows, expected) in zip(rows, expected) {
            let part = values[begin..<begin + rows * columns]
            begin += rows * columns
            let direction = FormulaArray.values("projection", count: part.count, -1, 1)
            let norm = part.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
            let product = zip(part, direction).reduce(0) { $0 + Double($1.0) * Double($1.1) }
            largest = max(largest, abs(norm - expected[0]) / expected[0], abs(product - expected[1]) / expected[0])
        }
        return begin == values.count ? largest : .infinity
    }
}
