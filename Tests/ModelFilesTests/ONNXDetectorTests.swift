import Engine
import Foundation
import Images
import ModelFiles
import MultiBox
import Networks
import Platform
import TestSupport
import Testing

/// Detectors of ONNX files: what the nodes after the heads say is found out.
@Suite struct ONNXDetectorTests {
    private func detector(_ bytes: [UInt8]) throws -> ONNXDetector { try ONNXDetector(ONNXFile(bytes: bytes)) }

    @Test(arguments: [ONNXDetectorFile.Form.edges, .centersInPixels, .swappedEdges])
    func `default boxes and factors are found in how offsets become boxes`(form: ONNXDetectorFile.Form) throws {
        let detector = try detector(ONNXDetectorFile.file(form))
        let boxes = try detector.defaultBoxes.boxes()
        #expect(boxes.count == ONNXDetectorFile.boxes.count)
        for (box, expected) in zip(boxes, ONNXDetectorFile.boxes) {
            let differences = zip([box.cx, box.cy, box.w, box.h], expected).map { abs($0 - $1) }
            #expect(differences.allSatisfy { $0 < 1e-5 }, "\(box) \(expected)")
        }
        let v = ONNXDetectorFile.variances
        #expect(detector.coder.order == .xywh && detector.coder.maximumLogScale == nil)
        #expect(detector.coder.scaling == .variances(Variances(x: v[0], y: v[1], width: v[2], height: v[3])))
        #expect(detector.network[detector.locations].shape.dimensions == [20, 4])
        #expect(detector.network[detector.scores].shape.dimensions == [20, 3])
        #expect(detector.output.activation == .softmax && detector.output.backgroundIndex == 0)
        // Of the layers after the heads none is left in the network, and no Softmax.
        #expect(!detector.network.layers.contains { $0.operation.kind == "softmax" })
    }

    @Test func `thresholds are those of the suppression`() throws {
        let output = try detector(ONNXDetectorFile.file(suppression: (0.625, 0.25))).output
        #expect(output.iouThreshold == 0.625 && output.scoreThreshold == 0.25 && output.maxDetections == 50)
        #expect(
            try detector(ONNXDetectorFile.file(suppression: (0.5, 0.25), candidates: 7)).output.candidatesPerClass == 7)
        let sigmoid = try detector(ONNXDetectorFile.file(activation: "Sigmoid"))
        #expect(sigmoid.output.activation == .sigmoid && sigmoid.output.backgroundIndex == nil)
        #expect(sigmoid.guesses.contains { $0.contains("background") })
    }

    @Test func `offsets without a word about boxes are refused with their number`() {
        let error = #expect(throws: ModelFileError.self) { try detector(ONNXDetectorFile.file(.raw)) }
        #expect("\(error.map { "\($0)" } ?? "")".contains("20 offsets"))
    }

    @Test(arguments: ["N", "batch_size", ""])
    func `of a batch of any size one photo is taken, whatever the batch is called`(batch: String) throws {
        let (fixed, named) = (
            try detector(ONNXDetectorFile.file(.centersInPixels)),
            try detector(ONNXDetectorFile.file(.centersInPixels, batch: batch))
        )
        #expect(named.network[named.network.input].shape.dimensions == [8, 16, 3])
        #expect(named.network[named.locations].shape == fixed.network[fixed.locations].shape)
        #expect(named.network[named.scores].shape == fixed.network[fixed.scores].shape)
        #expect(try named.defaultBoxes.boxes() == fixed.defaultBoxes.boxes() && named.coder == fixed.coder)
    }

    @Test(arguments: [
        (["Clip"], true), (["Max", "Min"], true), (["Min", "Max"], true), (["Max"], false), (["Min"], false),
        ([], false),
    ])
    func `boxes that the graph holds within the photo are clipped before suppression`(
        clipping: [String], isClipped: Bool
    ) throws {
        let detector = try detector(ONNXDetectorFile.file(suppression: (0.5, 0.25), clipping: clipping))
        #expect((detector.output.clip == .beforeSuppression) == isClipped, "\(detector.output.clip)")
        #expect(try detector.defaultBoxes.boxes().count == 20)
    }

    @Test func `what a file does not say stands in its sidecar`() throws {
        let folder = try TemporaryFolder()
        let (raw, whole) = (
            try folder.write("raw.onnx", ONNXDetectorFile.file(.raw)),
            try folder.write("whole.onnx", ONNXDetectorFile.file())
        )
        #expect(throws: ModelFileError.self) { try ModelFile.load(path: raw) }
        let boxes = ONNXDetectorFile.boxes.map { "[\($0[0]),\($0[1]),\($0[2]),\($0[3])]" }.joined(separator: ",")
        let variances = ONNXDetectorFile.variances.map { "\($0)" }.joined(separator: ",")
        let sidecar = """
            {"labels": ["background", "cat", "dog"], "default_boxes": {"boxes": [\(boxes)]},
             "box_coder": {"variances": [\(variances)], "order": "xywh"},
             "preprocessing": {"channel_order": "bgr", "mean": [104, 117, 123], "scale": 1, "interpolation": "floats"},
             "detection_output": {"iou_threshold": 0.25, "max_detections": 9}}
            """
        try folder.write("raw.json", sidecar)
        let model = try ModelFile.load(path: raw)
        #expect(model.labels.names == [nil, "cat", "dog"] && model.coder.order == .xywh)
        #expect(model.preprocessing.channelOrder == .bgr && model.preprocessing.interpolation == .floats)
        #expect(model.preprocessing.normalization == .affine(scale: [1, 1, 1], bias: [-104, -117, -123]))
        #expect(model.output.iouThreshold == 0.25 && model.output.maxDetections == 9)
        #expect(model.output.activation == .softmax && model.output.backgroundIndex == 0)
        #expect(model.provenance.contains { $0.name == "sidecar" })
        // A file that says its boxes finds the same with a sidecar that says the rest.
        try folder.write(
            "whole.json", sidecar.replacing(#""default_boxes": {"boxes": [\#(boxes)]},"#, with: ""))
        let other = try ModelFile.load(path: whole)
        func found(_ model: DetectionModel) throws -> [Detection] {
            let engine = try InferenceEngine(model: model)
            let input = engine.makeInput()
            input.withUnsafeMutableBytes { bytes in
                let values = bytes.bindMemory(to: Float.self)
                for index in values.indices { values[index] = Float(index * 37 % 256) - 110 }
            }
            return engine.detect([input], options: [DetectionOptions(scoreThreshold: 0)]).detections[0]
        }
        let (one, two) = (try found(model), try found(other))
        #expect(one.count == two.count && one.count > 1)
        for (a, b) in zip(one, two) {
            #expect(a.classIndex == b.classIndex && abs(a.score - b.score) < 1e-5)
            #expect(abs(a.box.xmin - b.box.xmin) < 1e-4 && abs(a.box.ymax - b.box.ymax) < 1e-4)
        }
        // Outputs may be named, as in any file that has several.
        try folder.write(
            "raw.json", sidecar.dropLast() + #", "outputs": {"locations": "nothing", "scores": "scores"}}"#)
        let error = #expect(throws: ModelFileError.self) { try ModelFile.load(path: raw) }
        #expect("\(error.map { "\($0)" } ?? "")".contains("nothing"))
    }

    @Test func `a file becomes a model with what was guessed in its provenance`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("small.onnx", ONNXDetectorFile.file())
        let model = try ModelFile.load(path: path)
        #expect(model.name == "small" && model.labels.names == [nil, "class 1", "class 2"])
        #expect(model.provenance.contains { $0 == ("format", "ONNX") })
        #expect(model.provenance.contains { $0.name == "guessed" && $0.value.contains("x / 255") })
        // Written in our own format and read again it finds the same.
        let converted = folder.path + "/small.safetensors"
        try ModelFile.write(model, to: converted)
        let photo = PixelImage(width: 16, height: 8, filledWith: SIMD3(200, 40, 90))
        func found(_ model: DetectionModel) throws -> [Detection] {
            let engine = try InferenceEngine(model: model)
            let input = engine.makeInput()
            guard case .affine(let scale, let bias) = model.preprocessing.normalization else { return [] }
            input.withUnsafeMutableBytes {
                Resampler(width: 16, height: 8).resample(
                    photo, normalization: PixelNormalization(order: .rgb, scale: SIMD3(scale), bias: SIMD3(bias)),
                    into: $0.bindMemory(to: Float.self))
            }
            return engine.detect([input], options: [DetectionOptions(scoreThreshold: 0.1)]).detections[0]
        }
        let detections = try found(model)
        let again = try found(ModelFile.load(path: converted))
        #expect(detections.count > 3 && detections == again)
    }

    static let slim = "models/ultra-light-face/slim-320.onnx"
    static let tflite = "models/ultra-light-face/slim-320.tflite"

    @Test(
        "Ultra-Light-Face is one network in two formats",
        .enabled(
            if: SharedFiles.exist(slim) && SharedFiles.exist(tflite) && SharedFiles.exist("data/faces"),
            "\(SharedFiles.absence)"))
    func slimFaces() throws {
        let models = try [Self.slim, Self.tflite].map { try ModelFile.load(path: SharedFiles.path($0)) }
        #expect(models.allSatisfy { $0.architecture == "ultra-light-face" && $0.labels.names == [nil, "face"] })
        let engines = try models.map { try InferenceEngine(model: $0) }
        var faces = 0
        for name in ["1", "10", "11", "12"] {
            let photo = try ImageDecoder().decode(SharedFiles.bytes("data/faces/\(name).jpg"))
            let found = engines.map { engine -> [Detection] in
                let input = engine.makeInput()
                input.withUnsafeMutableBytes {
                    Resampler(width: 320, height: 240).resample(
                        photo,
                        normalization: PixelNormalization(
                            order: .rgb, scale: SIMD3(repeating: 1 / 128), bias: SIMD3(repeating: -127.0 / 128)),
                        into: $0.bindMemory(to: Float.self))
                }
                return engine.detect([input], options: [DetectionOptions(scoreThreshold: 0.5)]).detections[0]
            }
            #expect(found[0].count == found[1].count)
            faces += found[0].count
            for (a, b) in zip(found[0], found[1]) {
                #expect(abs(a.score - b.score) < 0.005 && a.box.intersectionOverUnion(b.box) > 0.98)
            }
        }
        #expect(faces > 10)
    }
}
