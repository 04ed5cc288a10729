/// Precision and recall as the score threshold falls past one detection after the other.
public struct PrecisionRecallCurve: Sendable, Hashable {
    /// Recall once a detection is counted, not falling.
    public let recall: [Double]
    /// Precision once a detection is counted.
    public let precision: [Double]
    /// The detections' scores, not rising.
    public let scores: [Double]

    /// The curve of detections by descending score, where `isTruePositive` says which found an object that none before it
    /// had found.
    ///
    /// - Parameter positives: The number of objects to be found, which is positive.
    public init(scores: [Double], isTruePositive: [Bool], positives: Int) {
        precondition(positives > 0, "without objects there is no recall")
        precondition(scores.count == isTruePositive.count, "an outcome for each score")
        var (recall, precision) = ([Double](), [Double]())
        recall.reserveCapacity(scores.count)
        precision.reserveCapacity(scores.count)
        var found = 0
        for (index, isTrue) in isTruePositive.enumerated() {
            if isTrue { found += 1 }
            recall.append(Double(found) / Double(positives))
            precision.append(Double(found) / Double(index + 1))
        }
        self.recall = recall
        self.precision = precision
        self.scores = scores
    }

    /// The recall of all detections together.
    public var finalRecall: Double { recall.last ?? 0 }

    /// For each detection, the best precision at its recall or a greater one: the curve without its dents.
    public var envelope: [Double] {
        var envelope = precision
        for index in stride(from: envelope.count - 2, through: 0, by: -1) {
            envelope[index] = max(envelope[index], envelope[index + 1])
        }
        return envelope
    }

    /// The best precision at each of ascending recall levels or a greater recall; 0 where recall never gets there.
    public func interpolatedPrecision(at levels: [Double]) -> [Double] {
        let envelope = envelope
        var position = 0
        return levels.map { level in
            while position < recall.count, recall[position] < level { position += 1 }
            return position < recall.count ? envelope[position] : 0
        }
    }
}
