import MultiBox
import TestSupport
import Testing

/// Greedy suppression against a plain one.
@Suite struct NonMaximumSuppressionTests {
    private func naive(_ boxes: [CornerBox], _ scores: [Float], _ threshold: Float, _ limit: Int) -> [Int] {
        let ranked = boxes.indices.sorted { (scores[$0], -$0) > (scores[$1], -$1) }.prefix(limit)
        var kept: [Int] = []
        for index in ranked where !kept.contains(where: { boxes[$0].intersectionOverUnion(boxes[index]) > threshold }) {
            kept.append(index)
        }
        return kept
    }

    private func random(_ seed: UInt64, count: Int) -> (boxes: [CornerBox], scores: [Float], classes: [Int]) {
        var generator = SeededGenerator(seed: seed)
        var result: (boxes: [CornerBox], scores: [Float], classes: [Int]) = ([], [], [])
        for _ in 0..<count {
            let center = CenterBox(
                cx: .random(in: 0...1, using: &generator), cy: .random(in: 0...1, using: &generator),
                w: .random(in: 0...0.4, using: &generator), h: .random(in: 0...0.4, using: &generator))
            result.boxes.append(CornerBox(center))
            // Two places: ties happen.
            result.scores.append((Float.random(in: 0...1, using: &generator) * 100).rounded() / 100)
            result.classes.append(Int.random(in: 0..<4, using: &generator))
        }
        return result
    }

    @Test(arguments: [0, 1, 7, 8, 9, 60, 300], [Float(0), 0.3, 0.45, 0.9, 1])
    func agreesWithThePlainOne(count: Int, threshold: Float) {
        let (boxes, scores, classes) = random(UInt64(count) + 1, count: count)
        for limit in [5, 400] {
            let suppression = NonMaximumSuppression(iouThreshold: threshold, maxCandidates: limit)
            #expect(suppression.keptIndices(boxes: boxes, scores: scores) == naive(boxes, scores, threshold, limit))
            var expected: [Int] = []
            for label in 0..<4 {
                let members = boxes.indices.filter { classes[$0] == label }
                expected += naive(members.map { boxes[$0] }, members.map { scores[$0] }, threshold, limit)
                    .map { members[$0] }
            }
            expected.sort {
                scores[$0] != scores[$1] ? scores[$0] > scores[$1] : (classes[$0], $0) < (classes[$1], $1)
            }
            #expect(suppression.keptIndices(boxes: boxes, scores: scores, classes: classes) == expected)
        }
    }

    @Test func theThresholdItselfDoesNotSuppress() {
        // Overlap exactly one half: 1 × 1 in 2 × 1.
        let boxes = [
            CornerBox(xmin: 0, ymin: 0, xmax: 1, ymax: 0.5), CornerBox(xmin: 0, ymin: 0, xmax: 0.5, ymax: 0.5),
        ]
        let at = NonMaximumSuppression(iouThreshold: 0.5).keptIndices(boxes: boxes, scores: [0.9, 0.8])
        let below = NonMaximumSuppression(iouThreshold: Float(0.5).nextDown)
            .keptIndices(boxes: boxes, scores: [0.9, 0.8])
        #expect(at == [0, 1])
        #expect(below == [0])
    }

    @Test func aSuppressedBoxSuppressesNothing() {
        // b overlaps a and c; a and c do not overlap. b falls to a, so c stays.
        let boxes = [
            CornerBox(xmin: 0, ymin: 0, xmax: 0.5, ymax: 1), CornerBox(xmin: 0.2, ymin: 0, xmax: 0.7, ymax: 1),
            CornerBox(xmin: 0.5, ymin: 0, xmax: 0.9, ymax: 1),
        ]
        let suppression = NonMaximumSuppression(iouThreshold: 0.25)
        #expect(suppression.keptIndices(boxes: boxes, scores: [0.9, 0.8, 0.7]) == [0, 2])
    }

    @Test func whatIsNotFiniteIsDropped() {
        let good = CornerBox(xmin: 0, ymin: 0, xmax: 1, ymax: 1)
        let broken = CornerBox(xmin: 0, ymin: .nan, xmax: 1, ymax: 1)
        let kept = NonMaximumSuppression()
            .keptIndices(boxes: [good, broken, good, good], scores: [.nan, 0.9, .infinity, 0.1])
        #expect(kept == [3])
    }
}
