import MultiBox
import TestSupport
import Testing

/// Scores of which so many pass that the worst of them are dropped on the way: the answer must be what it is without.
struct ManyCandidatesTests {
    /// 60 000 scores of few values, so that most of them tie.
    @Test func `dropping candidates changes no detection`() throws {
        let outputs = RandomOutputs(seed: 5, priors: 3000, classes: 21, background: 0, coarse: true, objects: 0.5)
        let output = try DetectionOutput(
            configuration: .init(classCount: 21, activation: .identity, scoreThreshold: -2), coder: .torchvision,
            defaultBoxes: outputs.boxes)
        let expected = NaiveDetectionOutput(output: output).detections(outputs)
        let found = outputs.detections(output)
        #expect(found.map(\.priorIndex) == expected.map(\.priorIndex))
        #expect(found.map(\.classIndex) == expected.map(\.classIndex))
    }

    @Test(arguments: [0, 3] as [Float])
    func `dropping candidates changes no detection of softmax`(background: Float) throws {
        let outputs = RandomOutputs(seed: 7, priors: 3000, classes: 21, background: background, objects: 0.5)
        let output = try DetectionOutput(
            configuration: .init(classCount: 21, scoreThreshold: 0.001), coder: .torchvision,
            defaultBoxes: outputs.boxes)
        let expected = NaiveDetectionOutput(output: output).detections(outputs)
        let found = outputs.detections(output)
        #expect(found.count == expected.count)
        for (a, b) in zip(found, expected) { #expect(abs(a.score - b.score) <= 1e-6 * b.score) }
    }

    /// Every 31st row, where the sample looks, is surer than all others: too few candidates pass what it tells.
    @Test func `a sample of the rows that misleads changes no detection`() throws {
        let classes = 21, priors = 3000
        var outputs = RandomOutputs(seed: 8, priors: priors, classes: classes)
        for prior in 0..<priors {
            for column in 0..<classes { outputs.conf[prior * classes + column] *= 0.1 }
            outputs.conf[prior * classes + 1 + prior % 20] += 4
            if prior % 31 == 15 {
                outputs.conf[prior * classes + 1 + (prior + 1) % 20] += 4
            } else {
                outputs.conf[prior * classes] += 4.5
            }
        }
        let output = try DetectionOutput(
            configuration: .init(classCount: classes, scoreThreshold: 0.001), coder: .torchvision,
            defaultBoxes: outputs.boxes)
        let expected = NaiveDetectionOutput(output: output).detections(outputs)
        let found = outputs.detections(output)
        #expect(found.count == expected.count)
        #expect(found.last.map { $0.score < 0.4 } == true, "some come from rows outside the sample")
        for (a, b) in zip(found, expected) { #expect(abs(a.score - b.score) <= 1e-6 * b.score) }
    }

    /// All boxes are one box, so that the best candidates of each class suppress all others: those that were dropped are
    /// needed after all.
    @Test func `candidates that were dropped are found again`() throws {
        let classes = 21, priors = 4000
        let box = CenterBox(cx: 0.5, cy: 0.5, w: 0.2, h: 0.2)
        var outputs = RandomOutputs(seed: 6, priors: priors, classes: classes)
        outputs.boxes = [CenterBox](repeating: box, count: priors)
        outputs.loc = [Float](repeating: 0, count: 4 * priors)
        for prior in 0..<priors {
            for column in 0..<classes {
                // Two classes are surest everywhere; another one is sure of itself in the last box alone.
                let isSure = column == 1 || column == 2
                outputs.conf[prior * classes + column] =
                    (isSure ? 3 : prior == priors - 1 && column == 7 ? 2 : -2) + Float(prior) * 1e-5
            }
        }
        for activation in [DetectionOutputConfiguration.ScoreActivation.softmax, .sigmoid] {
            let configuration = DetectionOutputConfiguration(
                classCount: classes, activation: activation, scoreThreshold: 0.0001, candidatesPerClass: priors)
            let output = try DetectionOutput(configuration: configuration, defaultBoxes: outputs.boxes)
            let found = outputs.detections(output)
            #expect(Set(found.map(\.classIndex)) == Set(1..<classes))
            #expect(found.prefix(3).map(\.classIndex) == [1, 2, 7])
        }
    }
}
