import MultiBox
import Testing

/// The fast post-processing against the plain one.
@Suite struct DetectionOutputTests {
    struct Case: Sendable, CustomStringConvertible {
        var description: String
        var configuration: DetectionOutputConfiguration
        var coder = BoxCoder.ssd
        var options = DetectionOptions()
        var background: Float = 6
    }

    static let cases: [Case] = {
        var inclusive = DetectionOutputConfiguration(classCount: 21)
        inclusive.thresholdIsInclusive = true
        return [
            Case(description: "Caffe", configuration: .caffe(classCount: 21)),
            Case(description: "torchvision", configuration: .torchvisionSSD300(classCount: 91), coder: .torchvision),
            Case(description: "ssdlite", configuration: .torchvisionSSDLite320(classCount: 91), coder: .torchvision),
            Case(description: "ssd.pytorch", configuration: .ssdPyTorch(classCount: 21)),
            Case(description: "two classes", configuration: .init(classCount: 2), background: 1),
            Case(
                description: "few candidates", configuration: .init(classCount: 11, candidatesPerClass: 7),
                background: 0),
            Case(
                description: "few detections",
                configuration: .init(classCount: 5, detectionsPerClass: 4, maxDetections: 9), background: 0),
            Case(description: "background last", configuration: .init(classCount: 13, backgroundIndex: 12)),
            Case(
                description: "background inside", configuration: .init(classCount: 30, backgroundIndex: 11),
                background: 0),
            Case(description: "no background", configuration: .init(classCount: 9, backgroundIndex: nil)),
            Case(
                description: "sigmoid",
                configuration: .init(
                    classCount: 20, activation: .sigmoid, backgroundIndex: nil, scoreThreshold: 0.6)),
            Case(
                description: "identity",
                configuration: .init(classCount: 20, activation: .identity, scoreThreshold: 0.5)),
            Case(description: "inclusive", configuration: inclusive),
            Case(
                description: "person's threshold", configuration: .caffe(classCount: 91),
                options: .init(scoreThreshold: 0.5)),
            Case(
                description: "all options", configuration: .caffe(classCount: 21),
                options: .init(scoreThreshold: 0.02, iouThreshold: 0.2, maxDetections: 5, classes: [3, 4, 17, 99])),
            Case(
                description: "threshold zero", configuration: .init(classCount: 6), options: .init(scoreThreshold: 0)),
            Case(
                description: "best class",
                configuration: .init(
                    classCount: 21, activation: .sigmoid, scoreThreshold: 0.3, maxDetections: 20,
                    suppression: .bestClass(classesPerDetection: 3)), coder: .tflite),
            Case(
                description: "best class of confidences",
                configuration: .init(
                    classCount: 21, activation: .identity, scoreThreshold: 1, maxDetections: 20,
                    suppression: .bestClass(classesPerDetection: 1))),
            Case(
                description: "best class of softmax",
                configuration: .init(
                    classCount: 21, scoreThreshold: 0.1, suppression: .bestClass(classesPerDetection: 1))),
            Case(
                description: "best of some classes",
                configuration: .init(
                    classCount: 21, scoreThreshold: 0.05, suppression: .bestClass(classesPerDetection: 2)),
                options: .init(classes: [2, 9])),
            Case(
                description: "thresholds of classes", configuration: .caffe(classCount: 21),
                options: .init(scoreThreshold: 0.1, classThresholds: [3: 0.02, 4: 0.3, 99: 0], maxDetections: 30)),
            Case(
                description: "thresholds of classes, sigmoid",
                configuration: .init(
                    classCount: 20, activation: .sigmoid, backgroundIndex: nil, scoreThreshold: 0.9),
                options: .init(classThresholds: [0: 0.5, 1: 0.6, 19: 0.999])),
            Case(
                description: "thresholds of some classes",
                configuration: .init(classCount: 20, activation: .identity, scoreThreshold: 0.5),
                options: .init(classThresholds: [1: 0.2, 2: 1.5], classes: [2, 5])),
            Case(
                description: "best of classes with thresholds",
                configuration: .init(
                    classCount: 21, activation: .sigmoid, scoreThreshold: 0.9, maxDetections: 20,
                    suppression: .bestClass(classesPerDetection: 2)),
                options: .init(classThresholds: [3: 0.5, 4: 0.99])),
            Case(
                description: "best of classes with thresholds, softmax",
                configuration: .init(
                    classCount: 21, scoreThreshold: 0.2, suppression: .bestClass(classesPerDetection: 1)),
                options: .init(classThresholds: [3: 0.02, 4: 0.5])),
        ]
    }()

    @Test(arguments: cases, [UInt64(1), 2, 3])
    func agreesWithThePlainOne(_ example: Case, seed: UInt64) throws {
        let outputs = RandomOutputs(
            seed: seed, priors: 400, classes: example.configuration.classCount, background: example.background,
            coarse: seed == 3)
        let output = try DetectionOutput(
            configuration: example.configuration, coder: example.coder, defaultBoxes: outputs.boxes)
        let expected = NaiveDetectionOutput(output: output).detections(outputs, example.options)
        let detections = outputs.detections(output, example.options)
        try #require(!expected.isEmpty)
        try #require(detections.count == expected.count)
        // Two confidences that differ in the last place may be ranked either way, so the same objects are compared.
        func identity(_ detection: Detection) -> [Int] { [detection.priorIndex ?? -1, detection.classIndex] }
        let byIdentity = Dictionary(uniqueKeysWithValues: expected.map { (identity($0), $0) })
        for detection in detections {
            let other = try #require(byIdentity[identity(detection)])
            #expect(detection.box == other.box)
            #expect(abs(detection.score - other.score) <= 1e-6 * other.score)
        }
        for (detection, other) in zip(detections, expected) {
            #expect(abs(detection.score - other.score) <= 1e-6 * other.score)
        }
    }

    @Test func tiesGoToTheLowerClassThenTheLowerDefaultBox() throws {
        // Four boxes apart, all scores alike.
        let boxes = (0..<4).map { CenterBox(cx: Float($0) / 4 + 0.1, cy: 0.5, w: 0.1, h: 0.1) }
        let output = try DetectionOutput(
            configuration: .init(classCount: 3, activation: .identity, maxDetections: 6), defaultBoxes: boxes)
        var outputs = RandomOutputs(seed: 1, priors: 4, classes: 3)
        outputs.loc = Array(repeating: 0, count: 16)
        outputs.conf = Array(repeating: 0.5, count: 12)
        let detections = outputs.detections(output)
        #expect(detections.map(\.classIndex) == [1, 1, 1, 1, 2, 2])
        #expect(detections.map(\.priorIndex) == [0, 1, 2, 3, 0, 1])
    }

    @Test func workedByHand() throws {
        // Two default boxes side by side and a third on the first, shifted by a fifth of its width: IoU 0.8/1.2 = 2/3.
        let boxes = [
            CenterBox(cx: 0.25, cy: 0.5, w: 0.5, h: 1), CenterBox(cx: 0.75, cy: 0.5, w: 0.5, h: 1),
            CenterBox(cx: 0.35, cy: 0.5, w: 0.5, h: 1),
        ]
        var outputs = RandomOutputs(seed: 1, priors: 3, classes: 2)
        outputs.loc = Array(repeating: 0, count: 12)
        // Softmax of (0, ln 3) is (¼, ¾); of (0, 0) is (½, ½); of (ln 9, 0) is (0.9, 0.1).
        outputs.conf = [0, 1.098_612_3, 2.197_224_6, 0, 0, 0]
        let output = try DetectionOutput(configuration: .caffe(classCount: 2), defaultBoxes: boxes)
        let detections = outputs.detections(output)
        #expect(detections.map(\.priorIndex) == [0, 1])
        #expect(abs(detections[0].score - 0.75) < 1e-6)
        #expect(abs(detections[1].score - 0.1) < 1e-6)
        #expect(detections[0].box == CornerBox(xmin: 0, ymin: 0, xmax: 0.5, ymax: 1))
        let loose = outputs.detections(output, .init(iouThreshold: 0.7))
        #expect(loose.map(\.priorIndex) == [0, 2, 1])
    }

    @Test func theThresholdItselfPassesOnlyWhereItIsInclusive() throws {
        let boxes = [CenterBox(cx: 0.25, cy: 0.5, w: 0.5, h: 1), CenterBox(cx: 0.75, cy: 0.5, w: 0.5, h: 1)]
        var outputs = RandomOutputs(seed: 1, priors: 2, classes: 2)
        outputs.conf = [0, 0.5, 0, Float(0.5).nextUp]
        for suppression in [
            DetectionOutputConfiguration.Suppression.perClass, .bestClass(classesPerDetection: 1),
        ] {
            var configuration = DetectionOutputConfiguration(
                classCount: 2, activation: .identity, scoreThreshold: 0.5, suppression: suppression)
            let exclusive = try DetectionOutput(configuration: configuration, defaultBoxes: boxes)
            #expect(outputs.detections(exclusive).map(\.priorIndex) == [1])
            configuration.thresholdIsInclusive = true
            let inclusive = try DetectionOutput(configuration: configuration, defaultBoxes: boxes)
            #expect(outputs.detections(inclusive).map(\.priorIndex) == [1, 0])
        }
    }

    @Test func clippingBeforeOrAfterSuppressionDiffers() throws {
        // Far beyond the left edge the boxes differ; inside the image they are nearly the same.
        let boxes = [CenterBox(cx: 0, cy: 0.5, w: 0.4, h: 0.4), CenterBox(cx: -0.4, cy: 0.5, w: 1.2, h: 0.4)]
        var outputs = RandomOutputs(seed: 1, priors: 2, classes: 2)
        outputs.loc = Array(repeating: 0, count: 8)
        outputs.conf = [0, 0.9, 0, 0.8]
        var configuration = DetectionOutputConfiguration(classCount: 2, activation: .identity)
        configuration.clip = .atEnd
        let after = outputs.detections(try DetectionOutput(configuration: configuration, defaultBoxes: boxes))
        configuration.clip = .beforeSuppression
        let before = outputs.detections(try DetectionOutput(configuration: configuration, defaultBoxes: boxes))
        configuration.clip = .never
        let never = outputs.detections(try DetectionOutput(configuration: configuration, defaultBoxes: boxes))
        #expect(after.map(\.priorIndex) == [0, 1])
        #expect(before.map(\.priorIndex) == [0])
        #expect(never.map(\.box.xmin) == [-0.2, -1])
        #expect(after.map(\.box.xmin) == [0, 0])
    }

    @Test func aFilteredCallGivesTheBestOfItsClasses() throws {
        let outputs = RandomOutputs(seed: 9, priors: 300, classes: 6, background: 0)
        let output = try DetectionOutput(
            configuration: .init(classCount: 6, candidatesPerClass: 300, maxDetections: 300),
            defaultBoxes: outputs.boxes)
        let all = outputs.detections(output, .init(maxDetections: 2000))
        let some = outputs.detections(output, .init(maxDetections: 10, classes: [4]))
        #expect(some == Array(all.filter { $0.classIndex == 4 }.prefix(10)))
        #expect(outputs.detections(output, .init(classes: [0])).isEmpty)
        #expect(outputs.detections(output, .init(classes: [])).isEmpty)
        #expect(outputs.detections(output, .init(maxDetections: 0)).isEmpty)
    }

    @Test func aWorkspaceRemembersNothing() throws {
        let output = try DetectionOutput(
            configuration: .init(classCount: 8, candidatesPerClass: 20),
            defaultBoxes: RandomOutputs(seed: 1, priors: 200, classes: 8).boxes)
        var workspace = output.makeWorkspace()
        for seed in UInt64(1)...5 {
            let outputs = RandomOutputs(seed: seed, priors: 200, classes: 8, background: 1)
            #expect(outputs.detections(output, .init(), &workspace) == outputs.detections(output))
        }
    }
}
