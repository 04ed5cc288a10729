import MultiBox
import TestSupport
import Testing

/// The two strategies, and where they differ.
@Suite struct DefaultBoxMatcherTests {
    private static let columns = (0..<4).map {
        CornerBox(xmin: Float($0) / 4, ymin: 0, xmax: Float($0 + 1) / 4, ymax: 1)
    }

    @Test func theyDifferWhenTwoTruthsWantOneBox() {
        // Both truths lie in the first column and overlap the second a little: 0.4 and 0.2 of a column's height.
        let wide = CornerBox(xmin: 0, ymin: 0, xmax: 0.3, ymax: 1)
        let narrow = CornerBox(xmin: 0.05, ymin: 0, xmax: 0.27, ymax: 1)
        let bipartite = DefaultBoxMatcher().match(truths: [wide, narrow], defaultBoxes: Self.columns)
        // The first column goes to the wide truth (0.25/0.3 against 0.2/0.27), the second to the narrow one, however small
        // their overlap.
        #expect(bipartite.truths == [0, 1, nil, nil])
        let argMax = DefaultBoxMatcher(strategy: .perTruthArgMax)
            .match(truths: [wide, narrow], defaultBoxes: Self.columns)
        // Both want the first column; the later has it and the earlier has none.
        #expect(argMax.truths == [1, nil, nil, nil])
        #expect(argMax.positiveCount == 1)
    }

    @Test func theyDifferForATruthThatOverlapsNothing() {
        let outside = CornerBox(xmin: 2, ymin: 2, xmax: 3, ymax: 3)
        #expect(DefaultBoxMatcher().match(truths: [outside], defaultBoxes: Self.columns).positiveCount == 0)
        let argMax = DefaultBoxMatcher(strategy: .perTruthArgMax).match(truths: [outside], defaultBoxes: Self.columns)
        // The arg-max of zeros is the first.
        #expect(argMax.truths == [0, nil, nil, nil])
    }

    @Test func theThresholdTakesMore() {
        // Half of each of the first two columns' union: overlap exactly 0.5 with both.
        let truth = CornerBox(xmin: 0, ymin: 0, xmax: 0.5, ymax: 1)
        let match = DefaultBoxMatcher().match(truths: [truth], defaultBoxes: Self.columns)
        #expect(match.truths == [0, 0, nil, nil])
        #expect(match.bestOverlaps == [0.5, 0.5, 0, 0])
        let strict = DefaultBoxMatcher(overlapThreshold: 0.51).match(truths: [truth], defaultBoxes: Self.columns)
        #expect(strict.truths == [0, nil, nil, nil])
    }

    @Test func noTruths() {
        for strategy in [DefaultBoxMatcher.Strategy.bipartite, .perTruthArgMax] {
            let match = DefaultBoxMatcher(strategy: strategy).match(truths: [], defaultBoxes: Self.columns)
            #expect(match.truths == [nil, nil, nil, nil])
        }
    }

    /// Every pair measured anew in every round.
    private func naiveBipartite(_ truths: [CornerBox], _ boxes: [CornerBox]) -> [Int?] {
        var result: [Int?] = boxes.map { box in
            let overlaps = truths.map { box.intersectionOverUnion($0) }
            let best = overlaps.max() ?? 0
            return best >= 0.5 ? overlaps.firstIndex(of: best) : nil
        }
        var freeBoxes = Set(boxes.indices)
        var freeTruths = Set(truths.indices)
        while true {
            var best: (Float, Int, Int) = (0, 0, 0)
            for prior in freeBoxes.sorted() {
                for truth in freeTruths.sorted() {
                    let overlap = boxes[prior].intersectionOverUnion(truths[truth])
                    if overlap > best.0 { best = (overlap, prior, truth) }
                }
            }
            guard best.0 > 0 else { return result }
            result[best.1] = best.2
            freeBoxes.remove(best.1)
            freeTruths.remove(best.2)
        }
    }

    @Test(arguments: 1...12)
    func bipartiteAgreesWithThePlainOne(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        func box(_ size: ClosedRange<Float>) -> CornerBox {
            // A coarse grid makes ties and collisions.
            func grid(_ value: Float) -> Float { (value * 10).rounded() / 10 }
            return CornerBox(
                CenterBox(
                    cx: grid(.random(in: 0...1, using: &generator)), cy: grid(.random(in: 0...1, using: &generator)),
                    w: grid(.random(in: size, using: &generator)), h: grid(.random(in: size, using: &generator))))
        }
        let boxes = (0..<60).map { _ in box(0.2...0.5) }
        let truths = (0..<Int(seed)).map { _ in box(0.1...0.5) }
        let match = DefaultBoxMatcher().match(truths: truths, defaultBoxes: boxes)
        #expect(match.truths == naiveBipartite(truths, boxes))
    }
}
