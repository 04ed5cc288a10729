import Evaluation
import Testing

/// One image: an object of class 1 in the upper left corner, one of class 2 in the middle.
@Suite struct DetectionErrorAnalysisTests {
    private static let first = PixelBox(x: 0, y: 0, width: 20, height: 20)
    private static let second = PixelBox(x: 50, y: 50, width: 20, height: 20)
    /// It overlaps `second` by 0.4.
    private static let besideSecond = PixelBox(x: 50, y: 50, width: 20, height: 8)

    private func analysis(
        _ detections: [(PixelBox, Int, Double)], more truths: [GroundTruth] = []
    ) throws -> DetectionErrorAnalysis {
        var evaluator = COCOEvaluator(categoryIDs: [1, 2, 3])
        try evaluator.addImage(
            5,
            groundTruths: [GroundTruth(box: Self.first, categoryID: 1), .init(box: Self.second, categoryID: 2)] + truths
        )
        try evaluator.add(detections.map { ScoredBox(box: $0.0, categoryID: $0.1, score: $0.2) }, imageID: 5)
        return evaluator.errorAnalysis()
    }

    private func gains(_ analysis: DetectionErrorAnalysis) -> [DetectionErrorKind: Double] {
        Dictionary(
            uniqueKeysWithValues: DetectionErrorKind.allCases.map {
                ($0, ((analysis.gain($0) ?? -1) * 1e12).rounded() / 1e12)
            }
        ).filter { $0.value != 0 }
    }

    /// A mistake of one kind, with what else it comes to: a better score than that of class 1's right detection halves that
    /// class's precision, and an object that nothing reaches is missed.
    @Test(arguments: [
        ((second, 1, 0.95), [DetectionErrorKind.classification: 0.75]),
        ((besideSecond, 2, 0.8), [.localization: 0.5]),
        ((besideSecond, 1, 0.95), [.classificationAndLocalization: 0.25, .missed: 0.5]),
        ((PixelBox(x: 80, y: 0, width: 9, height: 9), 1, 0.95), [.background: 0.25, .missed: 0.5]),
    ])
    func oneMistake(mistake: (PixelBox, Int, Double), costs: [DetectionErrorKind: Double]) throws {
        #expect(gains(try analysis([(Self.first, 1, 0.9), mistake])) == costs)
    }

    @Test func duplicates() throws {
        let third = PixelBox(x: 0, y: 60, width: 20, height: 20)
        let analysis = try analysis(
            [(Self.first, 1, 0.9), (Self.first, 1, 0.8), (third, 1, 0.5), (Self.second, 2, 0.9)],
            more: [GroundTruth(box: third, categoryID: 1)])
        // The second of the two objects is found with a precision of 2/3: at 50 of 101 levels of recall.
        let lost = 50.0 / 101 / 3
        #expect(abs((analysis.gainsByCategory[1]?[.duplicate] ?? 0) - lost) < 1e-12)
        #expect(analysis.gainsByCategory[2]?.values.allSatisfy { $0 == 0 } == true)
        #expect(abs((analysis.gain(.duplicate) ?? 0) - lost / 2) < 1e-12)
    }

    /// Of several detections beside one object the best is moved, the others go; an object that was found takes none.
    @Test func oneObjectIsFoundOnce() throws {
        let analysis = try analysis([
            (Self.first, 1, 0.9), (Self.besideSecond, 2, 0.8), (Self.besideSecond, 2, 0.7),
            (PixelBox(x: 0, y: 0, width: 20, height: 8), 1, 0.95),
        ])
        #expect(gains(analysis) == [.localization: 0.75])
    }

    @Test func whatDoesNotCount() throws {
        let crowd = PixelBox(x: 70, y: 0, width: 30, height: 30)
        let analysis = try analysis(
            [
                (Self.first, 1, 0.9), (Self.second, 2, 0.9), (PixelBox(x: 75, y: 5, width: 9, height: 9), 1, 0.95),
                (PixelBox(x: 0, y: 80, width: 9, height: 9), 3, 0.95),
            ], more: [GroundTruth(box: crowd, categoryID: 1, isCrowd: true)])
        #expect(gains(analysis).isEmpty)
        #expect(analysis.gainsByCategory.keys.sorted() == [1, 2])
        #expect(COCOEvaluator(categoryIDs: [1]).errorAnalysis().gain(.missed) == nil)
    }
}
