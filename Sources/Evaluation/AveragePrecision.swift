/// The area under a precision–recall curve, as benchmarks define it.
public enum AveragePrecision: String, Sendable, Hashable {
    /// The mean of the best precision at recall ≥ 0, 0.1, …, 1: Pascal VOC 2007.
    case elevenPoint
    /// The area under the curve without its dents: Pascal VOC since 2010.
    case allPoint
    /// The mean of the best precision at recall ≥ 0, 0.01, …, 1: COCO.
    case hundredOnePoint

    /// COCO's recall levels, computed as its code does.
    static let cocoRecallLevels = (0...100).map { $0 == 100 ? 1 : Double($0) * 0.01 }
    private static let vocRecallLevels = (0...10).map { Double($0) / 10 }

    /// The average precision of a curve, 0...1.
    public func callAsFunction(_ curve: PrecisionRecallCurve) -> Double {
        switch self {
        case .elevenPoint: return Self.mean(curve.interpolatedPrecision(at: Self.vocRecallLevels))
        case .hundredOnePoint: return Self.mean(curve.interpolatedPrecision(at: Self.cocoRecallLevels))
        case .allPoint:
            var area = 0.0
            var recall = 0.0
            for (next, precision) in zip(curve.recall, curve.envelope) {
                area += (next - recall) * precision
                recall = next
            }
            return area
        }
    }

    private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
}
