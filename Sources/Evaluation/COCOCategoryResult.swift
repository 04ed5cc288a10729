/// COCO's result for one class.
public struct COCOCategoryResult: Sendable, Hashable {
    /// The objects that a figure is about, by area in square pixels.
    public enum Size: Int, Sendable, Hashable, CaseIterable {
        /// All objects.
        case all
        /// At most 32².
        case small
        /// 32² to 96².
        case medium
        /// At least 96².
        case large
    }

    /// The class.
    public let categoryID: Int
    /// Objects to be found, by `Size`.
    public let positives: [Int]
    /// For each size, the precision at each overlap threshold and recall level; nil if there is nothing to be found.
    let precision: [[[Double]]?]
    /// For each size, the recall at each overlap threshold; nil if there is nothing to be found.
    let recall: [[Double]?]
    /// As `recall` for all sizes, with only the best and the ten best detections of an image.
    let recallOfFew: [Int: [Double]]
    /// For all sizes, the curve at each overlap threshold.
    private let curves: [PrecisionRecallCurve]

    /// The average precision over overlaps 0.50 to 0.95, 0...1; nil if there is nothing to be found.
    public func averagePrecision(_ size: Size = .all) -> Double? {
        precision[size.rawValue].map { table in mean(table.flatMap { $0 }) }
    }

    /// The average precision at an overlap of one half, 0...1; nil if there is nothing to be found.
    public var averagePrecision50: Double? { precision[0].map { mean($0[0]) } }

    /// The recall over overlaps 0.50 to 0.95, 0...1; nil if there is nothing to be found.
    public func averageRecall(_ size: Size = .all) -> Double? { recall[size.rawValue].map(mean) }

    /// The curve at the overlap threshold nearest to the one given; nil if there is nothing to be found.
    public func curve(overlapThreshold: Double = 0.5) -> PrecisionRecallCurve? {
        let index = Int((min(max(overlapThreshold, 0.5), 0.95) * 20 - 10).rounded())
        return curves.isEmpty ? nil : curves[index]
    }

    init(categoryID: Int, members: [(imageID: Int, image: LabelledImages.Image)]) {
        self.categoryID = categoryID
        var images: [(detections: [ScoredBox], matchings: [COCOMatching])] = []
        for (_, image) in members {
            let detections = Array(image.detections.ranked().prefix(COCOParameters.maxDetections))
            let overlaps = detections.map { detection in
                image.truths.map { detection.box.overlap(withTruth: $0.box, isCrowd: $0.isCrowd) }
            }
            let matchings = COCOParameters.areaRanges.map {
                COCOMatching(detections: detections, truths: image.truths, overlaps: overlaps, areas: $0)
            }
            images.append((detections, matchings))
        }
        // All detections by descending score; equal ones by image, then by rank in it.
        var all: [(score: Double, image: Int, rank: Int)] = []
        for (index, image) in images.enumerated() {
            all += image.detections.enumerated().map { ($1.score, index, $0) }
        }
        let order = all.indices.sorted { all[$0].score != all[$1].score ? all[$0].score > all[$1].score : $0 < $1 }
        let positives = Size.allCases.map { size in images.reduce(0) { $0 + $1.matchings[size.rawValue].positives } }

        /// The curve at each threshold, of the best detections of each image.
        func curves(_ size: Size, best limit: Int) -> [PrecisionRecallCurve]? {
            guard positives[size.rawValue] > 0 else { return nil }
            return COCOParameters.overlapThresholds.indices.map { bit in
                var (scores, outcomes) = ([Double](), [Bool]())
                for index in order where all[index].rank < limit {
                    let outcome = images[all[index].image].matchings[size.rawValue].outcomes[all[index].rank]
                    if outcome.ignored >> UInt16(bit) & 1 == 1 { continue }
                    scores.append(all[index].score)
                    outcomes.append(outcome.matched >> UInt16(bit) & 1 == 1)
                }
                return PrecisionRecallCurve(
                    scores: scores, isTruePositive: outcomes, positives: positives[size.rawValue])
            }
        }
        let bySize = Size.allCases.map { curves($0, best: COCOParameters.maxDetections) }
        self.positives = positives
        self.curves = bySize[0] ?? []
        precision = bySize.map { $0?.map { $0.interpolatedPrecision(at: AveragePrecision.cocoRecallLevels) } }
        recall = bySize.map { $0?.map(\.finalRecall) }
        var recallOfFew: [Int: [Double]] = [:]
        for limit in [1, 10] { recallOfFew[limit] = curves(.all, best: limit)?.map(\.finalRecall) }
        self.recallOfFew = recallOfFew
    }
}

/// The mean of some numbers, of which there is at least one.
private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
