/// Pascal VOC's evaluation (Everingham et al. 2010, section 4.2): detections by descending score each take the ground truth
/// of their class with the largest overlap in their image; the first to take it with an overlap of at least the
/// threshold is right, every other wrong. Difficult objects count neither way, nor do COCO's crowds and what lies in them.
public struct VOCEvaluator: Sendable {
    /// How a class's curve becomes its average precision.
    public let averagePrecision: AveragePrecision
    /// The least overlap of a right detection.
    public let overlapThreshold: Double
    private let categoryIDs: [Int]
    private var images = LabelledImages()

    /// An evaluation of some classes: `elevenPoint` for VOC 2007, `allPoint` for later years.
    public init(categoryIDs: [Int], averagePrecision: AveragePrecision, overlapThreshold: Double = 0.5) {
        self.categoryIDs = Array(Set(categoryIDs)).sorted()
        self.averagePrecision = averagePrecision
        self.overlapThreshold = overlapThreshold
    }

    /// Adds an image and its truths, once, whether it has any or not.
    public mutating func addImage(_ id: Int, groundTruths: [GroundTruth]) throws(EvaluationError) {
        try images.add(id, truths: groundTruths)
    }

    /// Adds detections of an image. Those of other classes do not count.
    public mutating func add(_ detections: [ScoredBox], imageID: Int) throws(EvaluationError) {
        try images.add(detections, to: imageID)
    }

    /// The result for everything added so far.
    public func summary() -> VOCSummary {
        VOCSummary(categories: categoryIDs.map { evaluate($0) })
    }

    /// Whether a detection lies in a region with more objects than are marked, as COCO judges it: by the share of its own
    /// area.
    private func isInCrowd(_ box: PixelBox, _ truths: [GroundTruth]) -> Bool {
        truths.contains { $0.isCrowd && box.overlap(withTruth: $0.box, isCrowd: true) >= overlapThreshold }
    }

    private func evaluate(_ categoryID: Int) -> VOCSummary.Category {
        let members = images.members(of: categoryID)
        func isIgnored(_ truth: GroundTruth) -> Bool { truth.isDifficult || truth.isCrowd }
        let positives = members.reduce(0) { $0 + $1.image.truths.count { !isIgnored($0) } }
        guard positives > 0 else {
            return VOCSummary.Category(categoryID: categoryID, positives: 0, averagePrecision: nil, curve: nil)
        }
        var ranked: [(score: Double, member: Int, box: PixelBox)] = []
        for (member, entry) in members.enumerated() {
            ranked += entry.image.detections.map { ($0.score, member, $0.box) }
        }
        let order = ranked.indices.sorted {
            ranked[$0].score != ranked[$1].score ? ranked[$0].score > ranked[$1].score : $0 < $1
        }
        var taken = members.map { Array(repeating: false, count: $0.image.truths.count) }
        var scores: [Double] = []
        var outcomes: [Bool] = []
        for index in order {
            let (score, member, box) = ranked[index]
            var best: (overlap: Double, truth: Int)?
            for (truth, candidate) in members[member].image.truths.enumerated() where !candidate.isCrowd {
                let overlap = box.overlap(withTruth: candidate.box)
                if overlap > best?.overlap ?? -1 { best = (overlap, truth) }
            }
            var isRight = false
            if let best, best.overlap >= overlapThreshold {
                if isIgnored(members[member].image.truths[best.truth]) { continue }
                isRight = !taken[member][best.truth]
                taken[member][best.truth] = true
            }
            if !isRight, isInCrowd(box, members[member].image.truths) { continue }
            scores.append(score)
            outcomes.append(isRight)
        }
        let curve = PrecisionRecallCurve(scores: scores, isTruePositive: outcomes, positives: positives)
        return VOCSummary.Category(
            categoryID: categoryID, positives: positives, averagePrecision: averagePrecision(curve), curve: curve)
    }
}
