import Evaluation
import Testing

/// Pascal VOC's rules, one by one.
@Suite struct VOCEvaluatorTests {
    private func box(_ x: Double, width: Double = 10) -> PixelBox { PixelBox(x: x, y: 0, width: width, height: 10) }

    private func truth(_ x: Double, category: Int = 1, isDifficult: Bool = false) -> GroundTruth {
        GroundTruth(box: box(x), categoryID: category, isDifficult: isDifficult)
    }

    private func found(_ x: Double, _ score: Double, width: Double = 10, category: Int = 1) -> ScoredBox {
        ScoredBox(box: box(x, width: width), categoryID: category, score: score)
    }

    private func evaluate(
        _ truths: [GroundTruth], _ detections: [ScoredBox], _ area: AveragePrecision = .allPoint
    ) throws -> VOCSummary {
        var evaluator = VOCEvaluator(categoryIDs: [2, 1], averagePrecision: area)
        try evaluator.addImage(1, groundTruths: truths)
        try evaluator.add(detections, imageID: 1)
        return evaluator.summary()
    }

    @Test func theSecondToFindAnObjectIsWrong() throws {
        let summary = try evaluate([truth(0), truth(100)], [found(0, 0.9), found(1, 0.8), found(100, 0.7)])
        let category = summary.categories[0]
        #expect(category.positives == 2)
        #expect(category.curve?.precision == [1, 0.5, 2.0 / 3])
        // ½ · 1 + ½ · ⅔.
        let average = try #require(category.averagePrecision)
        #expect(abs(average - 5.0 / 6) < 1e-12)
        // The other class has nothing to be found and does not count.
        #expect(summary.categories[1].averagePrecision == nil)
        #expect(summary.meanAveragePrecision == category.averagePrecision)
    }

    @Test func elevenPointsAndAllPointsDiffer() throws {
        let truths = [truth(0), truth(100)]
        let detections = [found(0, 0.9)]
        #expect(try evaluate(truths, detections, .allPoint).meanAveragePrecision == 0.5)
        // Levels 0 to 0.5 are reached.
        #expect(try evaluate(truths, detections, .elevenPoint).meanAveragePrecision == 6.0 / 11)
    }

    @Test func difficultObjectsCountNeitherWay() throws {
        let summary = try evaluate(
            [truth(0), truth(100, isDifficult: true)], [found(100, 0.9), found(101, 0.8), found(0, 0.7)])
        #expect(summary.categories[0].positives == 1)
        #expect(summary.meanAveragePrecision == 1)
        #expect(try evaluate([truth(0, isDifficult: true)], [found(0, 1)]).meanAveragePrecision == nil)
    }

    @Test func crowdsAndWhatLiesInThemCountNeitherWay() throws {
        let crowd = GroundTruth(
            box: PixelBox(x: 0, y: 0, width: 200, height: 10), categoryID: 1, isCrowd: true)
        // An object that is marked inside the region is still found, by the first; the second, the one elsewhere in the
        // region and the one half in it do not count; the one outside is wrong.
        let summary = try evaluate(
            [crowd, truth(20)],
            [found(20, 0.9), found(21, 0.8), found(150, 0.7), found(195, 0.6), found(300, 0.5)])
        #expect(summary.categories[0].positives == 1)
        #expect(summary.categories[0].curve?.precision == [1, 0.5])
        #expect(try evaluate([crowd], [found(20, 1)]).meanAveragePrecision == nil)
    }

    @Test func aDetectionStandsForItsLargestOverlapOnly() throws {
        // The second detection overlaps the first object most; that it also reaches the other does not help it.
        let near = GroundTruth(box: PixelBox(x: 4, y: 0, width: 10, height: 10), categoryID: 1)
        let summary = try evaluate([truth(0), near], [found(0, 0.9), found(1, 0.8)])
        #expect(summary.categories[0].curve?.recall == [0.5, 0.5])
    }

    @Test func theThresholdItselfIsEnough() throws {
        // 5 × 10 in 10 × 10: exactly one half.
        #expect(try evaluate([truth(0)], [found(0, 0.9, width: 5)]).meanAveragePrecision == 1)
        #expect(try evaluate([truth(0)], [found(0, 0.9, width: 4.9)]).meanAveragePrecision == 0)
    }

    @Test func classesAndImagesAreApart() throws {
        var evaluator = VOCEvaluator(categoryIDs: [1, 2], averagePrecision: .allPoint)
        try evaluator.addImage(1, groundTruths: [truth(0), truth(0, category: 2)])
        try evaluator.addImage(2, groundTruths: [])
        try evaluator.add([found(0, 0.5), found(0, 0.9, category: 3)], imageID: 1)
        try evaluator.add([found(0, 0.8)], imageID: 2)
        let summary = evaluator.summary()
        #expect(summary.categories.map(\.averagePrecision) == [0.5, 0])
        #expect(summary.meanAveragePrecision == 0.25)
        #expect(throws: EvaluationError.unknownImage(3)) { try evaluator.add([], imageID: 3) }
    }
}
