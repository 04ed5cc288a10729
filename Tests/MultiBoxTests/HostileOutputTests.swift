import MultiBox
import TestSupport
import Testing

/// Outputs that no sound network gives.
@Suite struct HostileOutputTests {
    static let configurations: [DetectionOutputConfiguration] = {
        let activations: [DetectionOutputConfiguration.ScoreActivation] = [.softmax, .sigmoid, .identity]
        let suppressions: [DetectionOutputConfiguration.Suppression] = [.perClass, .bestClass(classesPerDetection: 4)]
        return activations.flatMap { activation in
            suppressions.map {
                .init(classCount: 12, activation: activation, scoreThreshold: 0.001, suppression: $0)
            }
        }
    }()

    @Test(arguments: configurations, [UInt64(1), 2])
    func neverGivesWhatIsNotFinite(_ configuration: DetectionOutputConfiguration, seed: UInt64) throws {
        var outputs = RandomOutputs(seed: seed, priors: 150, classes: 12, background: 0)
        var generator = SeededGenerator(seed: seed)
        let poison: [Float] = [
            .nan, .infinity, -.infinity, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNonzeroMagnitude,
            .signalingNaN, 1e30,
        ]
        for _ in 0..<150 {
            let value = poison[Int.random(in: 0..<poison.count, using: &generator)]
            outputs.conf[Int.random(in: 0..<outputs.conf.count, using: &generator)] = value
            outputs.loc[Int.random(in: 0..<outputs.loc.count, using: &generator)] = value
        }
        let output = try DetectionOutput(configuration: configuration, defaultBoxes: outputs.boxes)
        for filter in [nil, Set(3..<9)] {
            let detections = outputs.detections(output, .init(classes: filter))
            #expect(!detections.isEmpty)
            for detection in detections {
                #expect(detection.box.isFinite && detection.score.isFinite)
            }
        }
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity])
    func aConstantOutputPassesNothing(_ value: Float) throws {
        var outputs = RandomOutputs(seed: 1, priors: 40, classes: 12)
        outputs.conf = Array(repeating: value, count: outputs.conf.count)
        for configuration in Self.configurations where configuration.activation != .sigmoid {
            let output = try DetectionOutput(configuration: configuration, defaultBoxes: outputs.boxes)
            #expect(outputs.detections(output).isEmpty)
        }
    }

    @Test func strangeThresholds() throws {
        let outputs = RandomOutputs(seed: 1, priors: 60, classes: 12, background: 0)
        for configuration in Self.configurations {
            let output = try DetectionOutput(configuration: configuration, defaultBoxes: outputs.boxes)
            #expect(outputs.detections(output, .init(scoreThreshold: .nan)).isEmpty)
            #expect(outputs.detections(output, .init(scoreThreshold: .infinity)).isEmpty)
            #expect(!outputs.detections(output, .init(scoreThreshold: -.infinity)).isEmpty)
            #expect(outputs.detections(output, .init(maxDetections: -1)).isEmpty)
        }
    }

    @Test func aCertainScorePassesAnInclusiveOne() throws {
        var outputs = RandomOutputs(seed: 1, priors: 2, classes: 3)
        outputs.loc = Array(repeating: 0, count: 8)
        outputs.conf = [0, 50, 0, 50, 0, 0]
        for activation in [DetectionOutputConfiguration.ScoreActivation.softmax, .sigmoid] {
            let output = try DetectionOutput(
                configuration: .init(
                    classCount: 3, activation: activation, scoreThreshold: 1, thresholdIsInclusive: true),
                defaultBoxes: outputs.boxes)
            #expect(outputs.detections(output).map(\.score) == [1])
        }
    }

    @Test func configurationsFromFilesAreChecked() {
        let boxes = [CenterBox(cx: 0.5, cy: 0.5, w: 1, h: 1)]
        func error(_ change: (inout DetectionOutputConfiguration) -> Void) -> MultiBoxError? {
            var configuration = DetectionOutputConfiguration(classCount: 3)
            change(&configuration)
            do {
                _ = try DetectionOutput(configuration: configuration, defaultBoxes: boxes)
                return nil
            } catch { return error }
        }
        #expect(error { _ in } == nil)
        #expect(error { $0.classCount = 0 } == .invalidClassCount(0, limit: 4096))
        #expect(error { $0.classCount = 1 } == .invalidClassCount(1, limit: 4096))
        #expect(error { $0.classCount = .max } == .invalidClassCount(.max, limit: 4096))
        #expect(error { $0.backgroundIndex = 3 } == .backgroundOutOfRange(index: 3, classCount: 3))
        #expect(error { $0.backgroundIndex = -1 } == .backgroundOutOfRange(index: -1, classCount: 3))
        #expect(error { $0.scoreThreshold = .infinity } == .invalidThreshold(name: "score threshold", value: .infinity))
        #expect(error { $0.iouThreshold = -0.1 } == .invalidThreshold(name: "IoU threshold", value: -0.1))
        #expect(error { $0.candidatesPerClass = 0 } == .invalidLimit(name: "candidates per class", value: 0))
        #expect(error { $0.detectionsPerClass = 0 } == .invalidLimit(name: "detections per class", value: 0))
        #expect(error { $0.maxDetections = -5 } == .invalidLimit(name: "detections per image", value: -5))
        #expect(
            error { $0.suppression = .bestClass(classesPerDetection: 0) }
                == .invalidLimit(name: "classes per detection", value: 0))
    }

    @Test func storedBoxesAreChecked() {
        func error(_ boxes: [CenterBox]) -> MultiBoxError? {
            do {
                _ = try DefaultBoxes.explicit(boxes).boxes()
                return nil
            } catch { return error }
        }
        let good = CenterBox(cx: 0.5, cy: 0.5, w: 1, h: 1)
        #expect(error([good]) == nil)
        #expect(error([]) == .invalidDefaultBoxCount(0, limit: 1 << 20))
        #expect(error([good, CenterBox(cx: .nan, cy: 0, w: 1, h: 1)]) == .invalidDefaultBox(index: 1))
        #expect(error([good, good, CenterBox(cx: 0, cy: 0, w: -1, h: 1)]) == .invalidDefaultBox(index: 2))
    }
}
