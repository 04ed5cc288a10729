import Detectors
import Engine
import Foundation
import Images
import ModelFiles
import MultiBox
import Networks
import TestSupport
import Testing

/// Published detectors whose files say neither default boxes nor coder, against what their own runtimes find.
@Suite(.enabled(if: SharedFiles.exist("golden") && SharedFiles.exist("data"), Comment(rawValue: SharedFiles.absence)))
struct GoldenDetectionTests {
    private struct Face: Decodable {
        var score: Float
        var xyxy: [Float]
        var classId: Int?
    }

    private struct Golden: Decodable { var results: [String: [Face]] }

    private func golden(_ name: String) throws -> [String: [Face]] {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Golden.self, from: Data(SharedFiles.bytes("golden/\(name).json"))).results
    }

    /// What a model finds in a photo, from the photo's file on.
    private func detections(_ detector: Detector, _ path: String, _ threshold: Float) throws -> [Detection] {
        let photo = try SharedFiles.bytes(path)
        return try detector.detect(photo[...], options: DetectionOptions(scoreThreshold: threshold)).detections
    }

    /// Checks that found detections are those expected: every one has its counterpart, those near the threshold perhaps.
    private func compare(
        _ found: [Detection], _ expected: [Face], threshold: Float, _ what: String, box tolerance: Float = 0.002
    ) {
        func agrees(_ a: Detection, _ b: Face) -> Bool {
            let box = [a.box.xmin, a.box.ymin, a.box.xmax, a.box.ymax]
            return abs(a.score - b.score) < 0.005 && (b.classId.map { $0 == a.classIndex } ?? true)
                && zip(box, b.xyxy).allSatisfy { abs($0 - $1) < tolerance }
        }
        let missed = expected.filter { face in
            face.score > threshold + 0.005 && !found.contains { agrees($0, face) }
        }
        let extra = found.filter { detection in
            detection.score > threshold + 0.005 && !expected.contains { agrees(detection, $0) }
        }
        #expect(missed.isEmpty, "\(what): missed \(missed)")
        #expect(extra.isEmpty, "\(what): found \(extra)")
    }

    private static let references = [
        (
            file: "blazeface/face_detection_front.tflite", golden: "face_detection_front",
            architecture: "blazeface-front"
        ),
        (file: "blazeface/face_detection_back.tflite", golden: "face_detection_back", architecture: "blazeface-back"),
        (
            file: "aizoo_facemask/face_mask_detection.tflite", golden: "aizoo_facemask_tflite",
            architecture: "aizoo-face-mask"
        ),
    ]

    @Test(arguments: references)
    func `a recognised file finds what its reference finds`(
        file: String, golden: String, architecture: String
    ) throws {
        let model = try ModelFile.load(path: SharedFiles.path("models/" + file))
        #expect(model.architecture == architecture)
        #expect(model.provenance.contains { $0.name == "recognised" })
        let detector = Detector(engine: try InferenceEngine(model: model))
        var count = 0
        for (photo, faces) in try self.golden(golden).sorted(by: { $0.key < $1.key }) {
            let found = try detections(detector, "data/" + photo, 0.195)
            compare(found, faces, threshold: 0.2, "\(golden), \(photo)")
            count += faces.count
        }
        #expect(count > 10)
    }

    @Test(arguments: ["face_detection_front", "face_detection_back"])
    func `raw outputs of the exact input are the reference's`(name: String) throws {
        let model = try ModelFile.load(path: SharedFiles.path("models/blazeface/\(name).tflite"))
        let heads = try NumpyArchive(SharedFiles.bytes("golden/\(name)_heads.npz"))
        let engine = try InferenceEngine(model: model)
        let input = engine.makeInput()
        let pixels = try heads.bytes("input_u8")
        input.withUnsafeMutableBytes {
            let floats = $0.bindMemory(to: Float.self)
            for (index, byte) in pixels.enumerated() { floats[index] = Float(byte) / 127.5 - 1 }
        }
        let found = engine.rawOutputs([input])[0]
        let offsets = try heads.floats("loc")
        let kept = stride(from: 0, to: offsets.count, by: 16).flatMap { offsets[$0..<$0 + 4] }
        #expect(found.locations.count == kept.count && kept.count == 896 * 4)
        #expect(zip(found.locations, kept).allSatisfy { abs($0 - $1) < 0.05 })
        let scores = try heads.floats("conf")
        #expect(found.scores.count == scores.count)
        #expect(zip(found.scores, scores).allSatisfy { abs($0 - $1) < 0.05 })
        let anchors = try heads.floats("anchors")
        let boxes = try model.defaultBoxes.boxes()
        #expect(boxes.flatMap { [$0.cx, $0.cy] }.elementsEqual(anchors) { abs($0 - $1) < 1e-6 })
    }

    @Test(arguments: ["slim-320.pth", "slim-320.onnx", "slim-320.tflite"])
    func `Ultra-Light-Face's formats agree`(file: String) throws {
        let model = try ModelFile.load(path: SharedFiles.path("models/ultra-light-face/" + file))
        #expect(model.architecture == "ultra-light-face" && model.labels.names == [nil, "face"])
        let detector = Detector(engine: try InferenceEngine(model: model))
        var count = 0
        for (photo, faces) in try golden("ultra-light-face_slim-320_onnxruntime") {
            let found = try detections(detector, "data/faces/" + photo, 0.695)
            compare(found, faces, threshold: 0.7, "\(file), \(photo)")
            count += faces.count
        }
        #expect(count > 90)
    }

    private struct Result: Decodable {
        var imageId: Int
        var categoryId: Int
        var bbox: [Float]
        var score: Float
    }

    /// Its reference's photos were resized by Pillow, which a sidecar says.
    @Test func `the quantized COCO detector finds what LiteRT finds`() throws {
        let folder = try TemporaryFolder()
        let file = "models/coco-ssd-mobilenet-v1/detect.tflite"
        let path = try folder.write("detect.tflite", SharedFiles.bytes(file))
        try folder.write("detect.json", #"{"preprocessing": {"interpolation": "antialiased"}}"#)
        let model = try ModelFile.load(path: path)
        let detector = Detector(engine: try InferenceEngine(model: model))
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let results = Dictionary(
            grouping: try decoder.decode(
                [Result].self, from: Data(SharedFiles.bytes("golden/coco-ssd-mobilenet-v1_litert_detections.json"))),
            by: \.imageId)
        #expect(results.count > 100)
        #if DEBUG
            let images = results.keys.sorted().prefix(12)
        #else
            let images = results.keys.sorted()
        #endif
        for image in images {
            let name = String(repeating: "0", count: 12 - String(image).count) + String(image)
            let photo = try SharedFiles.bytes("data/coco-val/images/\(name).jpg")
            let size = try ImageDecoder().inspect(photo).uprightSize
            let sides = [Float(size.width), Float(size.height), Float(size.width), Float(size.height)]
            let expected = try #require(results[image]).map { result in
                let box = zip(result.bbox, sides).map { $0 / $1 }
                return Face(
                    score: result.score, xyxy: [box[0], box[1], box[0] + box[2], box[1] + box[3]],
                    classId: result.categoryId)
            }
            // The reference clips boxes to the photo, as every answer does.
            let found = try detector.detect(photo[...], options: DetectionOptions()).detections.map { detection in
                var detection = detection
                detection.box = detection.box.clipped()
                return detection
            }
            // Of ten, the last may be any of those that are as good.
            #expect(found.count == expected.count && found.count <= 10, "\(name)")
            compare(found, expected, threshold: expected.map(\.score).min() ?? 0, name)
        }
    }

    @Test(arguments: ["000000005001", "000000006818", "000000030213"])
    func `photos resized as Pillow does it are the reference's to the last bit`(name: String) throws {
        let heads = try NumpyArchive(SharedFiles.bytes("golden/coco-ssd-mobilenet-v1_litert_heads.npz"))
        let photo = try ImageDecoder().decode(SharedFiles.bytes("data/coco-val/images/\(name).jpg"))
        let resized = Resampler(width: 300, height: 300, filter: .antialiased).resample(photo)
        #expect(try resized.pixels == heads.bytes(name + "_input_u8"))
    }
}
