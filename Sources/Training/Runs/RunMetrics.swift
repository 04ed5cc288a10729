import Foundation

/// The lines of `metrics.jsonl` as curves over the steps.
public struct RunMetrics: Sendable {
    /// The classification loss.
    public private(set) var confidenceLoss: [SIMD2<Double>] = []
    /// The localization loss.
    public private(set) var localizationLoss: [SIMD2<Double>] = []
    /// The whole loss.
    public private(set) var loss: [SIMD2<Double>] = []
    /// COCO's average precision.
    public private(set) var averagePrecision: [SIMD2<Double>] = []
    /// COCO's average precision at an overlap of one half.
    public private(set) var averagePrecision50: [SIMD2<Double>] = []
    /// COCO's average precision of the detector in bytes.
    public private(set) var averagePrecisionInBytes: [SIMD2<Double>] = []
    private var imagesPerSecond: [Double] = []

    /// Reads the lines of a file; what is not one is passed over.
    public init(parsing data: Data) {
        let decoder = JSONDecoder()
        for line in data.split(separator: 0x0A) {
            guard let entry = try? decoder.decode(Entry.self, from: line), (0...Self.maximumStep).contains(entry.step),
                entry.values.allSatisfy({ $0.magnitude <= Self.maximumValue })
            else { continue }
            let step = Double(entry.step)
            if let value = entry.loss { loss.append(SIMD2(step, value)) }
            if let value = entry.confidence { confidenceLoss.append(SIMD2(step, value)) }
            if let value = entry.localization { localizationLoss.append(SIMD2(step, value)) }
            if let value = entry.rate { imagesPerSecond.append(value) }
            if let value = entry.precision { averagePrecision.append(SIMD2(step, value)) }
            if let value = entry.precision50 { averagePrecision50.append(SIMD2(step, value)) }
            if let value = entry.precisionInBytes { averagePrecisionInBytes.append(SIMD2(step, value)) }
        }
    }

    /// Beyond what any run reaches, and within what charts and integers can hold.
    private static let maximumStep = 1 << 48
    private static let maximumValue = 1e12

    private struct Entry: Decodable {
        var step: Int
        var loss: Double?
        var confidence: Double?
        var localization: Double?
        var rate: Double?
        var precision: Double?
        var precision50: Double?
        var precisionInBytes: Double?

        var values: [Double] {
            [loss, confidence, localization, rate, precision, precision50, precisionInBytes].compactMap { $0 }
        }

        private enum CodingKeys: String, CodingKey {
            case step
            case loss
            case confidence = "confidence_loss"
            case localization = "localization_loss"
            case rate = "images_per_second"
            case precision = "AP"
            case precision50 = "AP50"
            case precisionInBytes = "AP_int8"
        }
    }

    /// Photos a second in the middle of all steps.
    public var medianImagesPerSecond: Double? {
        imagesPerSecond.isEmpty ? nil : imagesPerSecond.sorted()[imagesPerSecond.count / 2]
    }

    /// A loss that all but the first steps stay below.
    package var usualLoss: Double {
        let values = confidenceLoss.map(\.y).sorted()
        return values.isEmpty ? 1 : max(values[(values.count - 1) * 98 / 100] * 1.1, 1e-3)
    }

    /// A curve as the mean of 31 neighbours each.
    package static func smoothed(_ points: [SIMD2<Double>]) -> [SIMD2<Double>] {
        points.indices.map { index in
            let part = points[max(0, index - 15)..<min(points.count, index + 16)]
            return SIMD2(points[index].x, part.reduce(0) { $0 + $1.y } / Double(part.count))
        }
    }
}
