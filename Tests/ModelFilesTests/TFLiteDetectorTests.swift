import ModelFiles
import MultiBox
import Engine
import Networks
import TestSupport
import Testing

@Suite("Detectors of TensorFlow Lite files")
struct TFLiteDetectorTests {
    @Test("A quantized SSD becomes a detector", arguments: [false, true])
    func quantized(isSigned: Bool) throws {
        let detector = try TFLiteDetector(TFLiteFile(bytes: QuantizedFile.file(isSigned: isSigned)))
        let network = detector.network
        // Signed bytes are moved by 128: both files mean the same numbers.
        let input = network[network.input]
        #expect(input.shape.dimensions == [8, 8, 3])
        #expect(input.element.quantization == Quantization(scale: 0.0078125, zeroPoint: 128))
        #expect(network[detector.locations].shape.dimensions == [QuantizedFile.boxes, 4])
        #expect(network[detector.scores].shape.dimensions == [QuantizedFile.boxes, QuantizedFile.columns])
        #expect(network[detector.locations].element == .float32)
        #expect(network[detector.scores].element == .float32)
        #expect(network.outputs == [detector.locations, detector.scores])
        // Each concatenation has one input of another scale; two more conversions make the outputs float.
        let kinds = Dictionary(grouping: network.layers, by: \.operation.kind).mapValues(\.count)
        #expect(
            kinds == [
                "convolution": 5, "depthwise": 1, "reshape": 4, "concatenation": 2, "activation": 1, "convert": 4,
            ])
        #expect(network.layers[0].name == "stem")
        #expect(detector.preprocessing.normalization == .bytes)
        #expect(detector.preprocessing.width == 8 && detector.preprocessing.channelOrder == .rgb)
        #expect(detector.output.activation == .identity)
        #expect(detector.output.backgroundIndex == 0)
        #expect(detector.output.maxDetections == 7)
        #expect(detector.output.scoreThreshold == 0.25 && detector.output.iouThreshold == 0.5)
        #expect(detector.output.suppression == .bestClass(classesPerDetection: 1))
        #expect(
            detector.coder
                == BoxCoder(scaling: .divisors(Variances(x: 10, y: 11, width: 5, height: 6)), order: .yxhw))
        let boxes = try detector.defaultBoxes.boxes()
        #expect(boxes.count == QuantizedFile.boxes)
        #expect(boxes[5] == CenterBox(cx: 11 / 64, cy: 5 / 64, w: 20 / 64, h: 16 / 64))
    }

    @Test("Weights keep their values, whichever sign they are stored with", arguments: [false, true])
    func weights(isSigned: Bool) throws {
        let detector = try TFLiteDetector(TFLiteFile(bytes: QuantizedFile.file(isSigned: isSigned)))
        guard case .convolution(let stem) = detector.network.layers[0].operation,
            case .int8(let weights, let zeroPoint, let scales, let bias) = stem.parameters
        else { return #expect(Bool(false), "the first layer is a quantized convolution") }
        #expect(stem.activation == .relu6)
        #expect(bias == [0, 10, 20, 30])
        for (index, weight) in weights.enumerated() {
            let stored = UInt8(truncatingIfNeeded: index &* 37 &+ 100)
            let meant = isSigned ? Int(Int8(bitPattern: stored)) : Int(stored) - 120
            #expect(Int(weight) - zeroPoint == meant, "weight \(index)")
        }
        #expect(scales == (isSigned ? [0.010, 0.011, 0.012, 0.013] : [0.01]))
        // 8 → 4 at stride 2 under a kernel of 3: one pixel of padding, which TensorFlow puts after.
        #expect(stem.window.paddingTop == 0 && stem.window.paddingBottom == 1)
    }

    @Test("Regular suppression and a detector without background")
    func regularSuppression() throws {
        var options = QuantizedFile.options
        options["use_regular_nms"] = .bool(true)
        options["detections_per_class"] = .integer(9)
        options["num_classes"] = .integer(3)
        let detector = try TFLiteDetector(TFLiteFile(bytes: QuantizedFile.file(options: options)))
        #expect(detector.output.suppression == .perClass)
        #expect(detector.output.detectionsPerClass == 9)
        #expect(detector.output.backgroundIndex == nil)
    }

    @Test(
        "Options that are missing or impossible are refused",
        arguments: [
            ("max_detections", nil), ("x_scale", nil), ("num_classes", .integer(7)), ("x_scale", .float(0)),
            ("nms_iou_threshold", .float(.nan)), ("max_detections", .integer(-1)), ("h_scale", .string("five")),
        ] as [(String, FlexBufferWriter.Value?)])
    func impossibleOptions(key: String, value: FlexBufferWriter.Value?) throws {
        var options = QuantizedFile.options
        options[key] = value
        let file = try TFLiteFile(bytes: QuantizedFile.file(options: options))
        #expect(throws: ModelFileError.self) { try TFLiteDetector(file) }
    }

    @Test("A network without known post-processing says what it has")
    func unknownDetector() throws {
        var writer = TFLiteWriter()
        let x = writer.tensor("x", [1, 4, 4, 3])
        let y = writer.tensor("y", [1, 4, 4, 3])
        writer.add(.relu, [x], y)
        let file = try TFLiteFile(bytes: writer.bytes(inputs: [x], outputs: [y]))
        #expect(throws: ModelFileError.unknownDetector(found: "input 4×4×3, outputs 4×4×3")) {
            try TFLiteDetector(file)
        }
    }

    @Test("An engine runs the detector")
    func runs() throws {
        let detector = try TFLiteDetector(TFLiteFile(bytes: QuantizedFile.file()))
        let model = DetectionModel(
            name: "small", version: "0", architecture: detector.architecture, network: detector.network,
            locations: detector.locations, scores: detector.scores, preprocessing: detector.preprocessing,
            labels: try LabelMap(names: [nil, "a", "b"], hasBackground: true), defaultBoxes: detector.defaultBoxes,
            coder: detector.coder, output: detector.output)
        let engine = try InferenceEngine(model: model)
        let input = engine.makeInput()
        input.withUnsafeMutableBytes { bytes in for index in bytes.indices { bytes[index] = UInt8(index) } }
        let detections = engine.detect([input], options: [DetectionOptions(scoreThreshold: 0)]).detections[0]
        #expect((1...7).contains(detections.count))
        #expect(detections.allSatisfy { (1...2).contains($0.classIndex) && (0...1).contains($0.score) })
        #expect(Set(detections.map(\.priorIndex)).count == detections.count)
    }
}
