/// COCO's twelve figures, 0...1, each nil where there is nothing to be found (the official code prints −1).
public struct COCOSummary: Sendable, Hashable {
    /// The result for each class, by ascending number.
    public let categories: [COCOCategoryResult]
    /// AP: over overlaps 0.50 to 0.95.
    public let averagePrecision: Double?
    /// AP50: at overlap 0.50.
    public let averagePrecision50: Double?
    /// AP75: at overlap 0.75.
    public let averagePrecision75: Double?
    /// APs: of objects of at most 32² pixels.
    public let averagePrecisionSmall: Double?
    /// APm: of objects of 32² to 96² pixels.
    public let averagePrecisionMedium: Double?
    /// APl: of objects of at least 96² pixels.
    public let averagePrecisionLarge: Double?
    /// AR1: with one detection of a class in an image.
    public let averageRecall1: Double?
    /// AR10: with ten.
    public let averageRecall10: Double?
    /// AR100: with a hundred.
    public let averageRecall100: Double?
    /// ARs: of objects of at most 32² pixels.
    public let averageRecallSmall: Double?
    /// ARm: of objects of 32² to 96² pixels.
    public let averageRecallMedium: Double?
    /// ARl: of objects of at least 96² pixels.
    public let averageRecallLarge: Double?

    /// The figures in the official order, under their usual names.
    public var figures: [(name: String, value: Double?)] {
        [
            ("AP", averagePrecision), ("AP50", averagePrecision50), ("AP75", averagePrecision75),
            ("APs", averagePrecisionSmall), ("APm", averagePrecisionMedium), ("APl", averagePrecisionLarge),
            ("AR1", averageRecall1), ("AR10", averageRecall10), ("AR100", averageRecall100),
            ("ARs", averageRecallSmall), ("ARm", averageRecallMedium), ("ARl", averageRecallLarge),
        ]
    }

    init(categories: [COCOCategoryResult]) {
        self.categories = categories
        func mean(_ values: (COCOCategoryResult) -> [Double]?) -> Double? {
            let all = categories.compactMap(values).flatMap { $0 }
            return all.isEmpty ? nil : all.reduce(0, +) / Double(all.count)
        }
        func precision(_ size: COCOCategoryResult.Size) -> Double? {
            mean { $0.precision[size.rawValue]?.flatMap { $0 } }
        }
        func recall(_ size: COCOCategoryResult.Size) -> Double? { mean { $0.recall[size.rawValue] } }
        averagePrecision = precision(.all)
        averagePrecision50 = mean { $0.precision[0]?[0] }
        averagePrecision75 = mean { $0.precision[0]?[5] }
        averagePrecisionSmall = precision(.small)
        averagePrecisionMedium = precision(.medium)
        averagePrecisionLarge = precision(.large)
        averageRecall1 = mean { $0.recallOfFew[1] }
        averageRecall10 = mean { $0.recallOfFew[10] }
        averageRecall100 = recall(.all)
        averageRecallSmall = recall(.small)
        averageRecallMedium = recall(.medium)
        averageRecallLarge = recall(.large)
    }
}
