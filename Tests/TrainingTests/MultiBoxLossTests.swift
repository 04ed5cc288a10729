import TestSupport
import Testing
import Training

/// The loss against an independent computation, against its own finite differences and against a case worked by hand.
@Suite struct MultiBoxLossTests {
    @Test(arguments: 0..<24)
    func `it equals the reference in double precision`(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let classCount = Int.random(in: 2...9, using: &generator)
        // Some images without objects, some with nothing but objects.
        let shares = [0.1, 0, 1, 0.5].shuffled(using: &generator)
        let magnitude: Float = [1, 8, 1e4][seed % 3]
        let batch = LossCase(
            seed: UInt64(seed) + 100, images: 1 + seed % 4, boxes: 40, classCount: classCount, positiveShare: shares,
            magnitude: magnitude)
        let ratio = [3, 1.5, 0, 100][seed % 4]
        let minimum = seed % 5
        let loss = MultiBoxLoss(
            mining: HardNegativeMining(negativesPerPositive: ratio, minimumNegatives: minimum),
            localizationWeight: 0.5)
        let found = batch.run(loss)
        let expected = batch.runReference(ReferenceLoss(ratio: ratio, minimumNegatives: minimum, alpha: 0.5))
        #expect(found.value.positives == expected.positives)
        if expected.positives > 0 { #expect(found.value.negatives == expected.negatives) }
        #expect(relativeDifference([found.value.confidence], [expected.confidence]) < 1e-6)
        #expect(relativeDifference([found.value.localization], [expected.localization]) < 1e-6)
        let total = expected.confidence + 0.5 * expected.localization
        #expect(relativeDifference([found.value.total], [total]) < 1e-6)
        #expect(relativeDifference(found.locationGradient.map(Double.init), expected.locationGradient) < 1e-6)
        #expect(relativeDifference(found.scoreGradient.map(Double.init), expected.scoreGradient) < 1e-6)
    }

    @Test func `a case worked by hand`() {
        // Two classes, four boxes. Box 0 is an object of class 1 with equal scores: loss ln 2. Its offsets are off by 0.5, 2,
        // 0, -1: 0.125 + 1.5 + 0 + 0.5. With one negative for each positive, box 2 is chosen, whose background score is
        // lowest relative to the other: loss ln(1 + e).
        var batch = LossCase(seed: 1, images: 1, boxes: 4, classCount: 2, positiveShare: [0], magnitude: 1)
        batch.targets = [
            MultiBoxTargets(classes: [1, 0, 0, 0], offsets: [SIMD4(1, 1, 1, 1), .zero, .zero, .zero])
        ]
        batch.locations = [1.5, 3, 1, 0] + [Float](repeating: 9, count: 12)
        batch.scores = [7, 7, 2, 0, 0, 1, 1, 0]
        let outcome = batch.run(MultiBoxLoss(mining: HardNegativeMining(negativesPerPositive: 1)))
        #expect(outcome.value.positives == 1)
        #expect(outcome.value.negatives == 1)
        #expect((outcome.value.localization - 2.125).magnitude < 1e-12)
        #expect((outcome.value.confidence - 2.006_408_868_078_168).magnitude < 1e-12)  // ln 2 + ln(1 + e)
        #expect((outcome.value.total - 4.131_408_868_078_168).magnitude < 1e-12)
        #expect(outcome.locationGradient == [0.5, 1, 0, -1] + [Float](repeating: 0, count: 12))
        let sigmoid: Float = 0.731_058_6  // 1 / (1 + e⁻¹)
        #expect(outcome.scoreGradient[0...3] == [0.5, -0.5, 0, 0])
        #expect((outcome.scoreGradient[4] + sigmoid).magnitude < 1e-6)
        #expect((outcome.scoreGradient[5] - sigmoid).magnitude < 1e-6)
        #expect(outcome.scoreGradient[6...7] == [0, 0])
    }

    @Test func `weights multiply what their boxes give, and none gives nothing`() {
        var batch = LossCase(seed: 5, images: 1, boxes: 4, classCount: 2, positiveShare: [0], magnitude: 1)
        batch.locations = [1.5, 3, 1, 0] + [Float](repeating: 9, count: 12)
        batch.scores = [7, 7, 2, 0, 0, 1, 1, 0]
        func outcome(_ weights: [Float]) -> LossCase.Outcome {
            batch.targets = [
                MultiBoxTargets(
                    classes: [1, 0, 0, 0], offsets: [SIMD4(1, 1, 1, 1), .zero, .zero, .zero], weights: weights)
            ]
            return batch.run(MultiBoxLoss(mining: HardNegativeMining(negativesPerPositive: 1)))
        }
        let quarter = outcome([0.25, 1, 1, 1])
        // A quarter of ln 2 and of 2.125; the negative, ln(1 + e), as it was.
        #expect((quarter.value.localization - 0.531_25).magnitude < 1e-12)
        #expect((quarter.value.confidence - (0.693_147_180_559_945_3 / 4 + 1.313_261_687_518_222_8)).magnitude < 1e-12)
        #expect(quarter.locationGradient[0..<4] == [0.125, 0.25, 0, -0.25])
        #expect(quarter.scoreGradient[0..<2] == [0.125, -0.125])
        // Without the box that looks least like the background, the next is mined: ln(1 + 1/e).
        let without = outcome([1, 1, 0, 1])
        #expect((without.value.confidence - (0.693_147_180_559_945_3 + 0.313_261_687_518_222_8)).magnitude < 1e-12)
        #expect(without.scoreGradient[4..<6] == [0, 0] && without.scoreGradient[6] < 0)
    }

    @Test(arguments: 0..<4)
    func `its gradient is that of finite differences`(seed: Int) {
        var batch = LossCase(
            seed: UInt64(seed), images: 2, boxes: 12, classCount: 3, positiveShare: [0.3], magnitude: 3)
        // With every negative chosen the choice cannot jump.
        let loss = MultiBoxLoss(mining: HardNegativeMining(negativesPerPositive: 100), localizationWeight: 2)
        let outcome = batch.run(loss)
        let step: Float = 1.0 / 256
        for index in batch.locations.indices {
            let x = batch.locations[index]
            batch.locations[index] = x + step
            let above = batch.run(loss).value.total
            batch.locations[index] = x - step
            let below = batch.run(loss).value.total
            batch.locations[index] = x
            let slope = (above - below) / Double(2 * step)
            // The curve's second derivative jumps at ±1, where a difference of width h may err by h / N.
            #expect((slope - Double(outcome.locationGradient[index])).magnitude < 2e-3)
        }
        for index in batch.scores.indices {
            let x = batch.scores[index]
            batch.scores[index] = x + step
            let above = batch.run(loss).value.total
            batch.scores[index] = x - step
            let below = batch.run(loss).value.total
            batch.scores[index] = x
            let slope = (above - below) / Double(2 * step)
            #expect((slope - Double(outcome.scoreGradient[index])).magnitude < 1e-5)
        }
    }

    @Test func `without positives it is zero, whatever is mined`() {
        let batch = LossCase(seed: 3, images: 3, boxes: 10, classCount: 4, positiveShare: [0], magnitude: 5)
        let outcome = batch.run(MultiBoxLoss(mining: HardNegativeMining(minimumNegatives: 5)))
        #expect(outcome.value.total == 0)
        #expect(outcome.value.positives == 0)
        #expect(outcome.locationGradient.allSatisfy { $0 == 0 })
        #expect(outcome.scoreGradient.allSatisfy { $0 == 0 })
    }

    @Test func `a photo without objects teaches nothing unless it is asked to`() {
        // One photo has positives, the other none.
        let batch = LossCase(seed: 4, images: 2, boxes: 10, classCount: 4, positiveShare: [1, 0], magnitude: 5)
        let published = batch.run(MultiBoxLoss())
        #expect(published.value.negatives == 0)
        #expect(published.scoreGradient[40...].allSatisfy { $0 == 0 })
        let asked = batch.run(MultiBoxLoss(mining: HardNegativeMining(minimumNegatives: 2)))
        #expect(asked.value.negatives == 2)
        #expect(asked.scoreGradient[40...].count { $0 != 0 } == 8)
        #expect(asked.value.confidence > published.value.confidence)
    }

    @Test func `an infinite score shows in the loss`() {
        var batch = LossCase(seed: 5, images: 1, boxes: 30, classCount: 3, positiveShare: [0.1], magnitude: 1)
        #expect(batch.run(MultiBoxLoss()).value.total.isFinite)
        let negative = batch.targets[0].classes.firstIndex(of: 0) ?? 0
        batch.scores[negative * 3] = .nan
        #expect(!batch.run(MultiBoxLoss()).value.total.isFinite)
    }
}
