import Platform
import Foundation
import Images
import ModelFiles
import MultiBox
import Engine
import Networks
import TestSupport
import Testing

/// Published model files, against what their own runtimes make of them.
@Suite("Published TensorFlow Lite models")
struct PublishedModelTests {
    static let coco = "models/coco-ssd-mobilenet-v1/detect.tflite"
    static let face = "models/ultra-light-face/slim-320.tflite"

    @Test(
        "COCO SSD MobileNet v1: input, layers, labels and options",
        .enabled(if: SharedFiles.exist(coco), "\(SharedFiles.absence)"))
    func cocoModel() throws {
        let model = try ModelFile.load(path: SharedFiles.path(Self.coco))
        #expect(model.name == "coco-ssd-mobilenet-v1")
        #expect(model.version == SHA256Digest(of: try SharedFiles.bytes(Self.coco)).hexadecimal.prefix(8))
        #expect(model.precision == .int8)
        let input = model.network[model.network.input]
        #expect(input.shape.dimensions == [300, 300, 3])
        #expect(input.element.quantization == Quantization(scale: 0.0078125, zeroPoint: 128))
        #expect(model.preprocessing.normalization == .bytes && model.preprocessing.channelOrder == .rgb)
        #expect(model.network[model.locations].shape.dimensions == [1917, 4])
        #expect(model.network[model.scores].shape.dimensions == [1917, 91])
        let kinds = Dictionary(grouping: model.network.layers, by: \.operation.kind).mapValues(\.count)
        // 5 + 5 conversions before the concatenations, where the first map's scale differs in one of them, and 2 outputs.
        #expect(
            kinds == [
                "convolution": 34, "depthwise": 13, "reshape": 13, "concatenation": 2, "activation": 1, "convert": 13,
            ])
        #expect(model.labels.names.count == 91 && model.labels.names[1] == "person" && model.labels.names[12] == nil)
        #expect(model.output.maxDetections == 10 && model.output.backgroundIndex == 0)
        #expect(model.output.iouThreshold == 0.6 && model.output.scoreThreshold == 1e-8)
        #expect(model.coder == .tflite)
    }

    @Test(
        "COCO SSD MobileNet v1: the stored default boxes",
        .enabled(
            if: SharedFiles.exist(coco) && SharedFiles.exist("golden/coco-ssd-mobilenet-v1_anchors_yxhw.npy"),
            "\(SharedFiles.absence)"))
    func cocoAnchors() throws {
        let boxes = try ModelFile.load(path: SharedFiles.path(Self.coco)).defaultBoxes.boxes()
        let expected = try Self.floats(npy: SharedFiles.bytes("golden/coco-ssd-mobilenet-v1_anchors_yxhw.npy"))
        #expect(boxes.flatMap { [$0.cy, $0.cx, $0.h, $0.w] } == expected)
    }

    /// The numbers of a NumPy file of little-endian floats in C order.
    private static func floats(npy bytes: [UInt8]) throws -> [Float] {
        try #require(bytes.starts(with: [0x93] + Array("NUMPY".utf8) + [1, 0]))
        let start = 10 + Int(bytes[8]) + Int(bytes[9]) << 8
        let header = String(decoding: bytes[10..<start], as: UTF8.self)
        try #require(header.contains("'<f4'") && header.contains("'fortran_order': False"))
        return stride(from: start, to: bytes.count, by: 4).map { offset in
            Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << UInt32(8 * $1) })
        }
    }

    @Test(
        "Ultra-Light-Face finds ONNX Runtime's faces",
        .enabled(
            if: SharedFiles.exist(face) && SharedFiles.exist("golden/ultra-light-face_slim-320_onnxruntime.json")
                && SharedFiles.exist("data/faces"), "\(SharedFiles.absence)"))
    func faces() throws {
        struct Face: Decodable {
            var score: Float
            var xyxy: [Float]
        }
        struct Golden: Decodable { var results: [String: [Face]] }
        let golden = try JSONDecoder().decode(
            Golden.self,
            from: Data(SharedFiles.bytes("golden/ultra-light-face_slim-320_onnxruntime.json")))
        let model = try ModelFile.load(path: SharedFiles.path(Self.face))
        #expect(model.architecture == "ultra-light-face" && model.precision == .fp32)
        #expect(model.labels.names == [nil, "face"])
        let engine = try InferenceEngine(model: model)
        guard case .affine(let scale, let bias) = model.preprocessing.normalization else {
            return #expect(Bool(false), "a float input")
        }
        let normalization = PixelNormalization(
            order: .rgb, scale: SIMD3(scale[0], scale[1], scale[2]), bias: SIMD3(bias[0], bias[1], bias[2]))
        for (name, faces) in golden.results.sorted(by: { $0.key < $1.key }) {
            let photo = try ImageDecoder().decode(SharedFiles.bytes("data/faces/" + name))
            let input = engine.makeInput()
            input.withUnsafeMutableBytes {
                Resampler(width: 320, height: 240).resample(
                    photo, normalization: normalization, into: $0.bindMemory(to: Float.self))
            }
            // A little below the reference's 0.7, so that a face just above it is not lost to rounding.
            let found = engine.detect([input], options: [DetectionOptions(scoreThreshold: 0.68)]).detections[0]
            var missed = faces.filter { face in
                !found.contains { detection in
                    let box = detection.box
                    let distances = zip([box.xmin, box.ymin, box.xmax, box.ymax], face.xyxy).map { abs($0 - $1) }
                    return detection.classIndex == 1 && abs(detection.score - face.score) < 0.02
                        && distances.allSatisfy { $0 < 0.01 }
                }
            }
            missed.removeAll { $0.score < 0.72 }
            #expect(missed.isEmpty, "\(name): \(missed.count) of \(faces.count) faces missed: \(missed)")
            #expect(found.count(where: { $0.score > 0.72 }) <= faces.count, "\(name)")
        }
    }
}
