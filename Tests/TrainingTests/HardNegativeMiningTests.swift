import Testing
import Training

/// Which negatives are chosen.
@Suite struct HardNegativeMiningTests {
    @Test func `three for each positive, hardest first, ties by index`() {
        let classes = [0, 2, 0, 0, 0, 0, 0]
        let losses = [0.5, 9, 0.7, 0.1, 0.5, 0.5, 0.7]
        #expect(HardNegativeMining().select(classes: classes, backgroundLosses: losses) == [0, 2, 6])
        let one = HardNegativeMining(negativesPerPositive: 1)
        #expect(one.select(classes: classes, backgroundLosses: losses) == [2])
        let five = HardNegativeMining(negativesPerPositive: 5)
        #expect(five.select(classes: classes, backgroundLosses: losses) == [0, 2, 4, 5, 6])
    }

    @Test func `never more than there are, and never a positive`() {
        let classes = [1, 1, 0, 1]
        #expect(HardNegativeMining().select(classes: classes, backgroundLosses: [5, 5, 0, 5]) == [2])
        #expect(HardNegativeMining().select(classes: [1, 2, 3], backgroundLosses: [1, 1, 1]) == [])
        #expect(HardNegativeMining(negativesPerPositive: 1e300).count(positives: 5, negatives: 7) == 7)
    }

    @Test func `a photo without objects`() {
        let losses = [0.1, 0.3, 0.2]
        #expect(HardNegativeMining().select(classes: [0, 0, 0], backgroundLosses: losses) == [])
        let some = HardNegativeMining(minimumNegatives: 2)
        #expect(some.select(classes: [0, 0, 0], backgroundLosses: losses) == [1, 2])
        #expect(HardNegativeMining(minimumNegatives: 9).select(classes: [0, 0], backgroundLosses: [1, 1]) == [0, 1])
        #expect(some.count(positives: 1, negatives: 100) == 3)
    }

    @Test func `what has no weight is no negative`() {
        let mining = HardNegativeMining(negativesPerPositive: 2)
        let losses = [9, 1, 8, 2, 3.0]
        #expect(mining.select(classes: [0, 1, 0, 0, 0], backgroundLosses: losses) == [0, 2])
        #expect(
            mining.select(classes: [0, 1, 0, 0, 0], weights: [0, 1, 1, 1, 0], backgroundLosses: losses) == [2, 3])
        #expect(mining.select(classes: [0, 1, 0, 0, 0], weights: [0, 1, 0, 0, 0], backgroundLosses: losses) == [])
    }

    @Test func `a fraction of a box is no box`() {
        #expect(HardNegativeMining(negativesPerPositive: 1.5).count(positives: 3, negatives: 100) == 4)
    }

    @Test func `what is not a number comes first`() {
        let one = HardNegativeMining(negativesPerPositive: 1)
        #expect(one.select(classes: [1, 0, 0, 0], backgroundLosses: [0, 5, .nan, 7]) == [2])
    }
}
