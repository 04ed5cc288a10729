import Evaluation
import Testing

/// The three areas under one curve, worked by hand.
@Suite struct AveragePrecisionTests {
    /// Right, wrong, right, wrong, right; one of four objects is never found. Recall ¼ ¼ ½ ½ ¾, precision 1 ½ ⅔ ½ ⅗.
    private let curve = PrecisionRecallCurve(
        scores: [0.9, 0.8, 0.7, 0.6, 0.5], isTruePositive: [true, false, true, false, true], positives: 4)

    @Test func theCurve() {
        #expect(curve.recall == [0.25, 0.25, 0.5, 0.5, 0.75])
        #expect(curve.precision == [1, 0.5, 2.0 / 3, 0.5, 0.6])
        #expect(curve.envelope == [1, 2.0 / 3, 2.0 / 3, 0.6, 0.6])
        #expect(curve.finalRecall == 0.75)
        #expect(curve.interpolatedPrecision(at: [0, 0.25, 0.3, 0.75, 0.76]) == [1, 1, 2.0 / 3, 0.6, 0])
    }

    @Test func areas() {
        func expect(_ area: AveragePrecision, _ expected: Double) {
            #expect(abs(area(curve) - expected) < 1e-12)
        }
        // Levels 0 to 0.2 have 1, 0.3 to 0.5 have ⅔, 0.6 and 0.7 have ⅗, the rest 0.
        expect(.elevenPoint, 6.2 / 11)
        // A quarter each of 1, ⅔ and ⅗.
        expect(.allPoint, 34.0 / 60)
        // 26 levels to 0.25, 25 to 0.5, 25 to 0.75: 26 + 50/3 + 15.
        expect(.hundredOnePoint, (173.0 / 3) / 101)
    }

    @Test func noDetections() {
        let empty = PrecisionRecallCurve(scores: [], isTruePositive: [], positives: 3)
        #expect(empty.finalRecall == 0 && empty.envelope.isEmpty)
        for area in [AveragePrecision.elevenPoint, .allPoint, .hundredOnePoint] { #expect(area(empty) == 0) }
    }
}
