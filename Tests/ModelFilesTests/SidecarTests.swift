import ModelFiles
import MultiBox
import Networks
import TestSupport
import Testing

/// Files beside models that say what these do not.
struct SidecarTests {
    /// A network of floats with two raw heads of a 4×4 and a 2×2 map, 2 boxes a cell and 3 classes, that no published
    /// detector has.
    static func model() -> [UInt8] {
        var writer = TFLiteWriter()
        let photo = writer.tensor("photo", [1, 8, 8, 3])
        var (offsets, scores): ([Int], [Int]) = ([], [])
        for (map, side) in [4, 2].enumerated() {
            for (name, columns) in [("offsets", 6), ("classes", 3)] {
                let stride = 8 / side
                let weights = writer.floats(
                    "\(name)\(map)/w", [2 * columns, stride, stride, 3],
                    (0..<2 * columns * stride * stride * 3).map { Float($0 % 11) / 500 - 0.01 })
                let head = writer.tensor("\(name)\(map)", [1, side, side, 2 * columns])
                writer.add(
                    .conv2D, [photo, weights], head, options: [0: .int8(1), 1: .int32(stride), 2: .int32(stride)])
                let shape = writer.integers("\(name)\(map)/shape", [3], [1, -1, columns])
                let rows = writer.tensor("\(name)\(map)/rows", [1, side * side * 2, columns])
                writer.add(.reshape, [head, shape], rows)
                if name == "offsets" { offsets.append(rows) } else { scores.append(rows) }
            }
        }
        let locations = writer.tensor("boxes", [1, 40, 6])
        writer.add(.concatenation, offsets, locations, options: [0: .int32(1)])
        let classes = writer.tensor("scores", [1, 40, 3])
        writer.add(.concatenation, scores, classes, options: [0: .int32(1)])
        return writer.bytes(inputs: [photo], outputs: [classes, locations])
    }

    static let whole = """
        {
          "labels": ["background", "cat", "dog"],
          "preprocessing": {"width": 8, "height": 8, "channel_order": "bgr", "mean": [104, 117, 123], "scale": 0.5,
            "interpolation": "floats"},
          "outputs": {"locations": "boxes", "scores": "scores"},
          "default_boxes": {"image_width": 8, "image_height": 8, "maps": [
            {"rows": 4, "columns": 4, "minimum_sizes": [2], "maximum_sizes": [4]},
            {"rows": 2, "columns": 2, "step_x": 4, "step_y": 4, "offset": 0.25, "shapes": [[3, 4], [5, 2]]}]},
          "box_coder": {"divisors": [10, 10, 5, 5], "order": "yxhw"},
          "detection_output": {"activation": "softmax", "background_index": 0, "score_threshold": 0.25, "iou_threshold": 0.5,
            "max_detections": 7, "clip": "never"}
        }
        """

    private func load(_ sidecar: String?) throws -> DetectionModel {
        let folder = try TemporaryFolder()
        if let sidecar { try folder.write("raw.json", sidecar) }
        return try ModelFile.load(path: folder.write("raw.tflite", Self.model()))
    }

    private func reason(_ sidecar: String) -> String {
        do {
            _ = try load(sidecar)
            return "none"
        } catch { return "\(error)" }
    }

    @Test func `a sidecar has the model's name with another extension`() {
        for (model, sidecar) in [
            ("detect.tflite", "detect.json"), ("/a.b/c.d.onnx", "/a.b/c.d.json"), ("/a.b/model", "/a.b/model.json"),
            ("../.hidden", "../.hidden.json"), ("x", "x.json"), ("", ".json"),
        ] { #expect(Sidecar.path(besideModelAt: model) == sidecar) }
    }

    @Test func `a model that says nothing becomes what its sidecar says`() throws {
        #expect(throws: ModelFileError.self) { try load(nil) }
        let model = try load(Self.whole)
        #expect(model.labels.names == [nil, "cat", "dog"])
        #expect(model.preprocessing.channelOrder == .bgr)
        #expect(model.preprocessing.normalization == .affine(scale: [0.5, 0.5, 0.5], bias: [-52, -58.5, -61.5]))
        #expect(model.preprocessing.interpolation == .floats)
        #expect(model.network[model.locations].shape.dimensions == [40, 4])
        let boxes = try model.defaultBoxes.boxes()
        #expect(boxes.count == 40 && boxes[0] == CenterBox(cx: 0.125, cy: 0.125, w: 0.25, h: 0.25))
        #expect(boxes[33] == CenterBox(cx: 0.125, cy: 0.125, w: 0.625, h: 0.25))
        #expect(model.coder == .tflite)
        #expect(model.output.scoreThreshold == 0.25 && model.output.maxDetections == 7 && model.output.clip == .never)
        #expect(model.provenance.contains { $0.name == "sidecar" })
        // Boxes one by one say the same.
        let listed = boxes.map { "[\($0.cx),\($0.cy),\($0.w),\($0.h)]" }.joined(separator: ",")
        let explicit = try load(
            #"{"default_boxes": {"boxes": [\#(listed)]}, "outputs": {"locations": "boxes", "scores": "scores"}}"#)
        #expect(try explicit.defaultBoxes.boxes() == boxes)
        #expect(explicit.labels.names == [nil, "class 1", "class 2"])
        #expect(explicit.preprocessing.interpolation == .bytes)
        #expect(explicit.output.activation == .softmax && explicit.provenance.contains { $0.name == "guessed" })
    }

    @Test(arguments: [
        (#"{"label": []}"#, "label is not known; did you mean labels?"),
        (#"{"box_coder": {"variances": [1,1,1,1], "order": "xywh", "sices": "linear"}}"#, "did you mean sizes?"),
        (#"{"detection_output": {"iou_treshold": 0.5}}"#, "detection_output.iou_treshold is not known; did you mean"),
        (
            #"{"default_boxes": {"image_width": 8, "image_height": 8, "maps": [{"rows": 4}]}}"#,
            "maps[0].columns is missing"
        ),
        (#"{"default_boxes": {"image_width": 8, "image_height": 8, "maps": []}}"#, "0 default boxes"),
        (#"{"default_boxes": {"boxes": [[0, 0, 1]]}}"#, "arrays of 4 numbers"),
        (#"{"default_boxes": {"boxes": [[0, 0, 1, 1e39]]}}"#, "arrays of 4 numbers"),
        (#"{"default_boxes": {"boxes": [[0, 0, -1, 1]]}}"#, "are not possible"),
        (#"{"default_boxes": {"boxes": [[0, 0, 1, 1]]}}"#, "locations are 40×4"),
        (#"{"preprocessing": {"width": 9, "height": 8}}"#, "9×8"),
        (#"{"preprocessing": {"width": 9223372036854775807, "height": 8}}"#, "number of pixels"),
        (#"{"preprocessing": {"scale": [1, 2]}}"#, "one number or three"),
        (#"{"preprocessing": {"mean": 1}}"#, "scale is missing"),
        (#"{"preprocessing": {"scale": 1, "mean": 1, "bias": 1}}"#, "goes without mean"),
        (#"{"preprocessing": {"scale": 3e38, "mean": 3e38}}"#, "out of range"),
        (#"{"preprocessing": {"channel_order": "gbr"}}"#, "unknown"),
        (#"{"preprocessing": {"interpolation": "bits"}}"#, "unknown"),
        (#"{"outputs": {"locations": "boxs", "scores": "scores"}}"#, "did you mean boxes?"),
        (#"{"labels": ["a", 1, "b"]}"#, "labels is not an array of texts"),
        (#"{"labels": ["a", "b", "c", "d", "e"]}"#, "its labels"),
        (#"{"labels": ["a", "b", "c\u001b"]}"#, "control character"),
        (#"{"detection_output": {"background_index": 3}}"#, "background"),
        (#"{"detection_output": {"max_detections": 0}}"#, "not above 0"),
        (#"{"detection_output": {"score_threshold": 1e999}}"#, "not a number"),
        (#"{"box_coder": {"variances": [1,1,1,0], "order": "xywh"}}"#, "not above 0"), (#"[]"#, "not a JSON object"),
        (#"{"labels": [}"#, "not JSON"), ("", "not JSON"),
    ])
    func `what is wrong in a sidecar is said with its place`(sidecar: String, expected: String) {
        // Each with what the model needs besides.
        var text = sidecar
        for (name, value) in [
            ("outputs", #"{"locations": "boxes", "scores": "scores"}"#),
            (
                "default_boxes",
                #"{"image_width": 8, "image_height": 8, "maps": [{"rows": 20, "columns": 1, "shapes": [[1, 1], [2, 2]]}]}"#
            ),
        ] where text.hasPrefix("{") && text.hasSuffix("}") && !text.contains("\"\(name)\"") {
            text = text.dropLast() + ", \"\(name)\": \(value)}"
        }
        let reason = reason(text)
        #expect(reason.contains(expected), "\(text): \(reason)")
    }

    @Test func `a sidecar that is written says what the model is, and a draft is one to begin with`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("raw.tflite", Self.model())

        let (draft, guesses) = try ModelFile.sidecar(path: path)
        #expect(guesses.contains { $0.contains("default boxes") })
        #expect(draft.contains(#""locations":"boxes""#))
        try folder.write("raw.json", draft)
        let drafted = try ModelFile.load(path: path)
        // The maps are those that the heads were made of.
        guard case .generated(let configuration) = drafted.defaultBoxes else {
            return #expect(Bool(false), "boxes that follow from maps")
        }
        #expect(configuration.maps.map { [$0.rows, $0.columns, $0.shapes.count] } == [[4, 4, 2], [2, 2, 2]])
        try folder.write("raw.json", Self.whole)
        let model = try ModelFile.load(path: path)
        let (text, _) = try ModelFile.sidecar(path: path)
        try folder.write("raw.json", text)
        let again = try ModelFile.load(path: path)
        #expect(again.defaultBoxes == model.defaultBoxes && again.coder == model.coder)
        #expect(again.output == model.output && again.labels == model.labels)
        #expect(again.preprocessing == model.preprocessing)
    }

    @Test func `a sidecar changes models of other formats, and labels given by name come before it`() throws {
        let folder = try TemporaryFolder()
        let own = folder.path + "/own.safetensors"
        let model = try EveryOperation.model(stored: false)
        try ModelFile.write(model, to: own)
        try folder.write("own.json", #"{"detection_output": {"iou_threshold": 0.125, "max_detections": 3}}"#)
        let changed = try ModelFile.load(path: own)
        // A file of ours says everything: what lies beside it is something else.
        #expect(changed.output == model.output)
        #expect(changed.labels == model.labels && changed.defaultBoxes == model.defaultBoxes)
        let quantized = try folder.write("quantized.tflite", QuantizedFile.file())
        try folder.write(
            "quantized.json", #"{"labels": [null, "x", "y"], "detection_output": {"score_threshold": 0.75}}"#)
        try folder.write("labels.txt", "one\ntwo\n")
        let read = try ModelFile.load(path: quantized)
        #expect(read.labels.names == [nil, "x", "y"] && read.output.scoreThreshold == 0.75)
        #expect(
            try ModelFile.load(path: quantized, labels: folder.path + "/labels.txt").labels.names == [
                nil, "one", "two",
            ])
        // A scale says nothing of an input of bytes.
        try folder.write("quantized.json", #"{"preprocessing": {"scale": 1}}"#)
        #expect(throws: ModelFileError.self) { try ModelFile.load(path: quantized) }
    }

    @Test func `changed bytes and numbers of a sidecar are errors or sidecars`() {
        let original = Array(Self.whole.utf8)
        var random = SeededGenerator(seed: 21)
        var valid = 0
        for _ in 0..<4000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                bytes[index] =
                    Bool.random(using: &random) ? UInt8.random(in: 32..<127, using: &random) : bytes[index] ^ 1
            }
            do throws(ModelFileError) {
                _ = try Sidecar(bytes: bytes, path: "x.json")
                valid += 1
            } catch { #expect(!error.description.isEmpty) }
        }
        #expect((100...3900).contains(valid), "\(valid) of 4000 are sidecars")
        for length in 0..<original.count {
            #expect(throws: ModelFileError.self) { try Sidecar(bytes: Array(original[..<length]), path: "x.json") }
        }
        for variant in ExtremeNumbers.variants(of: Self.whole) {
            do throws(ModelFileError) { _ = try Sidecar(bytes: Array(variant.utf8), path: "x.json") } catch {
                #expect(!error.description.isEmpty)
            }
        }
    }
}
