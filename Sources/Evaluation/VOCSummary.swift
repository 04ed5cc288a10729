/// The result of Pascal VOC's evaluation.
public struct VOCSummary: Sendable, Hashable {
    /// The result for one class.
    public struct Category: Sendable, Hashable {
        /// The class.
        public let categoryID: Int
        /// Objects to be found, difficult ones left out.
        public let positives: Int
        /// The average precision, 0...1; nil if there is nothing to be found.
        public let averagePrecision: Double?
        /// The curve; nil if there is nothing to be found.
        public let curve: PrecisionRecallCurve?
    }

    /// The classes, by ascending number.
    public let categories: [Category]

    /// The mean of the classes' average precisions (mAP), over those with something to be found; nil if there is none.
    public var meanAveragePrecision: Double? {
        let values = categories.compactMap(\.averagePrecision)
        return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }
}
