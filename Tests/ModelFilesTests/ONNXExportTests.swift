import Engine
import Foundation
import ModelFiles
import MultiBox
import Networks
import TestSupport
import Testing

/// Detectors written as ONNX files: read again they are the same, and ONNX Runtime makes the same of them.
@Suite struct ONNXExportTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func write(_ model: DetectionModel, _ outputs: ONNXOutputs, _ name: String = "model.onnx") throws -> String
    {
        let path = folder.path + "/" + name
        try ModelFile.writeONNX(model, to: path, outputs: outputs)
        return path
    }

    /// What a model finds in a photo, and its raw outputs.
    private func run(_ model: DetectionModel, _ photo: [UInt8]) throws -> (RawOutputs, [Detection]) {
        let engine = try InferenceEngine(model: model)
        let input = engine.makeInput()
        QuantizableModel.fill(input, photo, model.preprocessing)
        return (
            engine.rawOutputs([input])[0],
            engine.detect([input], options: [DetectionOptions(scoreThreshold: nil)]).detections[0]
        )
    }

    /// A photo in the network's order of channels.
    private func photo(_ model: DetectionModel) -> [UInt8] {
        (0..<model.preprocessing.width * model.preprocessing.height * 3).map {
            UInt8(truncatingIfNeeded: $0 &* 37 ^ $0 >> 5)
        }
    }

    private func expectSame(_ model: DetectionModel, _ read: DetectionModel, tolerance: Float = 0) throws {
        #expect(read.name == model.name && read.architecture == model.architecture)
        #expect(read.provenance.map { [$0.name, $0.value] } == model.provenance.map { [$0.name, $0.value] })
        #expect(read.preprocessing == model.preprocessing && read.labels == model.labels)
        #expect(read.defaultBoxes == model.defaultBoxes && read.coder == model.coder && read.output == model.output)
        #expect(read.precision == model.precision)
        let photo = photo(model)
        let ((before, found), (after, foundAgain)) = (try run(model, photo), try run(read, photo))
        // Some detectors leave all default boxes where they are.
        #expect(Set(before.scores).count > 1)
        for (a, b) in [(before.locations, after.locations), (before.scores, after.scores)] {
            #expect(a.count == b.count)
            #expect(zip(a, b).allSatisfy { abs($0 - $1) <= tolerance })
        }
        #expect(tolerance > 0 || found == foundAgain)
    }

    @Test(arguments: ONNXOutputs.allCases, [false, true])
    func `every operation is read again as it was`(outputs: ONNXOutputs, stored: Bool) throws {
        let model = try EveryOperation.model(stored: stored)
        let path = try write(model, outputs)
        let read = try ModelFile.load(path: path)
        try expectSame(model, read)
        // ONNX Runtime refuses two nodes of one name, which these layers have.
        let names = try ONNXFile(bytes: Array(Data(contentsOf: URL(filePath: path)))).nodeNames
        #expect(Set(names).count == names.count && names.count > 20 && !names.contains(""))
        func kinds(_ model: DetectionModel) -> [String: Int] {
            Dictionary(grouping: model.network.layers.map(\.operation.kind)) { $0 }.mapValues(\.count)
        }
        #expect(kinds(read) == kinds(model))
        #expect(read.network.usesWinograd)
    }

    @Test(arguments: ONNXOutputs.allCases)
    func `detectors of floats in all forms`(outputs: ONNXOutputs) throws {
        for model in [
            try QuantizableModel.make(normalization: .affine(scale: [0.01, 0.02, 0.03], bias: [-1, 0, 1])),
            try EmbeddedModel.load(), try ColorDetector.model(channels: .bgr),
        ] {
            try expectSame(model, try ModelFile.load(path: write(model, outputs)))
        }
    }

    @Test func `a file of ours has its labels and no guesses`() throws {
        let model = try EmbeddedModel.load()
        let path = try write(model, .detections)
        try folder.write("labels.txt", "a\nb\n")
        let read = try ModelFile.load(path: path)
        #expect(read.labels == model.labels && !read.provenance.contains { $0.name == "guessed" })
        try expectSame(model, read)
        // Rows are made where they are read, so that layers may come in another order; the next trip leaves them there.
        func weighted(_ model: DetectionModel) -> [String] {
            model.network.parameters.all.map(\.description.layer).sorted()
        }
        #expect(weighted(read) == weighted(model) && weighted(model).count > 100)
        let bytes = try ModelFile.onnxBytes(of: read, outputs: .detections)
        let again = try ModelFile.load(path: write(read, .detections))
        #expect(try ModelFile.onnxBytes(of: again, outputs: .detections) == bytes)
    }

    @Test func `what a file says of itself wrongly is refused`() throws {
        let bytes = try ModelFile.onnxBytes(of: try EveryOperation.model(stored: false), outputs: .raw)
        /// The file with a text for another of the same length.
        func changed(_ from: String, _ to: String) throws -> [UInt8] {
            precondition(from.utf8.count == to.utf8.count)
            var data = Data(bytes)
            let range = try #require(data.range(of: Data(from.utf8)))
            data.replaceSubrange(range, with: Data(to.utf8))
            return Array(data)
        }
        for (from, to) in [
            ("\"class_count\":3", "\"class_count\":4"), ("\"locations\":\"locations\"", "\"locations\":\"locatixns\""),
            ("[0,1]}", "[1,0]}"), ("\"rgb\"", "\"rgx\""), ("\"rows\":3", "\"rows\":4"),
            ("\"variances\"", "\"variancez\""),
        ] {
            let path = try folder.write("changed.onnx", changed(from, to))
            let error = #expect(throws: ModelFileError.self, "\(from)") { try ModelFile.load(path: path) }
            #expect("\(error.map { "\($0)" } ?? "")".count > 10)
        }
    }

    // MARK: ONNX Runtime

    /// What ONNX Runtime makes of a file for a photo whose first channel is red, by the names of its outputs.
    private func runtime(_ path: String, _ photo: [UInt8]) throws -> [String: [Float]] {
        let (photoPath, output) = (try folder.write("photo.bin", photo), folder.path + "/outputs.json")
        let script = """
            import json, sys, numpy, onnxruntime
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1
            session = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
            image = session.get_inputs()[0]
            height, width = image.shape[2:]
            photo = numpy.fromfile(sys.argv[2], numpy.uint8).reshape(height, width, 3)
            values = session.run(None, {image.name: (photo.transpose(2, 0, 1)[None] / 255).astype(numpy.float32)})
            names = [output.name for output in session.get_outputs()]
            json.dump({n: [float(x) for x in v.flatten()] for n, v in zip(names, values)}, open(sys.argv[3], "w"))
            """
        let python = try #require(Program.testPython)
        let process = try ChildProcess(python, ["-c", script, path, photoPath, output])
        let exit = try process.wait()
        guard exit == .status(0) else { throw Unexpected("ONNX Runtime: \(process.errors.allLines.suffix(4))") }
        return try JSONDecoder().decode([String: [Float]].self, from: Data(contentsOf: URL(filePath: output)))
    }

    /// The photo as the model's own order of channels has it.
    private func turned(_ photo: [UInt8], _ model: DetectionModel) -> [UInt8] {
        guard model.preprocessing.channelOrder == .bgr else { return photo }
        return photo.indices.map { photo[$0 - $0 % 3 + 2 - $0 % 3] }
    }

    private func expectRuntimeAgrees(_ model: DetectionModel, tolerance: Float = 1e-4) throws {
        let photo = photo(model)
        let (raw, found) = try run(model, turned(photo, model))
        let made = try runtime(write(model, .raw), photo)
        for (name, expected) in [("locations", raw.locations), ("scores", raw.scores)] {
            let values = try #require(made[name])
            let worst = zip(values, expected).map { abs($0 - $1) / max(1, abs($1)) }.max() ?? .infinity
            #expect(values.count == expected.count && worst <= tolerance, "\(model.name): \(name) are off by \(worst)")
        }
        guard tolerance <= 1e-4 else { return }
        let detections = try runtime(write(model, .detections), photo)
        let (boxes, labels, scores) = (
            try #require(detections["boxes"]), try #require(detections["labels"]), try #require(detections["scores"])
        )
        #expect(scores.count == found.count && labels.count == found.count && boxes.count == 4 * found.count)
        guard scores.count == found.count else { return }
        // In the order of scores, which may differ where two are as good as equal.
        var left = Array(found.indices)
        for index in scores.indices {
            let match = left.firstIndex { place in
                let box = found[place].box
                return Int(labels[index]) == found[place].classIndex && abs(scores[index] - found[place].score) < 1e-4
                    && zip(boxes[index * 4..<index * 4 + 4], [box.xmin, box.ymin, box.xmax, box.ymax])
                        .allSatisfy { abs($0 - $1) < 1e-3 }
            }
            #expect(match != nil, "\(model.name): detection \(index)")
            if let match { left.remove(at: match) }
        }
    }

    /// The formula's parameters, but that what goes into a rectified layer does not grow on its way through. Those of the
    /// formula make a deep network amplify what it is given, roundings too: ONNX Runtime is then up to three hundredths off what
    /// the reference evaluator of ONNX makes in double precision.
    private struct TameParameters: ParameterSource {
        func values(of parameter: ParameterDescription) -> [Float] {
            let values = SyntheticParameters().values(of: parameter)
            switch parameter.role {
            case .weight: return values.map { $0 * 0.7 }
            case .normalizationShift: return values.map { $0 * 5 }
            default: return values
            }
        }
    }

    private static let hasRuntime = PythonModules.has("onnxruntime", "numpy")
    private static let hasQuantizer = PythonModules.has("onnxruntime.quantization", "onnx", "numpy")

    @Test(.enabled(if: hasRuntime, "\(Program.testPythonAbsence)"))
    func `ONNX Runtime makes the same of small detectors`() throws {
        try expectRuntimeAgrees(
            try QuantizableModel.make(normalization: .affine(scale: [0.01, 0.02, 0.03], bias: [-1, 0, 1])))
        try expectRuntimeAgrees(try ColorDetector.model(channels: .bgr))
        try expectRuntimeAgrees(try EmbeddedModel.load())
    }

    @Test(.enabled(if: hasRuntime, "\(Program.testPythonAbsence)"), arguments: [false, true])
    func `ONNX Runtime runs bytes`(stored: Bool) throws {
        // A step of bytes that is rounded otherwise is many of the outputs' steps.
        try expectRuntimeAgrees(try EveryOperation.model(stored: stored), tolerance: 0.2)
    }

    @Test(
        .enabled(if: hasRuntime, "\(Program.testPythonAbsence)"),
        arguments: [
            SSDConfiguration.ssdliteMobileNetV2(classCount: 21),
            .ssdliteMobileNetV2(.ssdliteMobileNetV2FPN, classCount: 21), .torchvisionSSDLite320(classCount: 21),
        ] + (Proof.isWanted ? [.torchvisionSSD300(classCount: 21), .caffeSSD512(classCount: 21)] : []))
    func `ONNX Runtime makes the same of published networks`(configuration: SSDConfiguration) throws {
        let name = configuration.architecture.rawValue
        let model = try configuration.model(name: name, version: "0", parameters: TameParameters())
        try expectRuntimeAgrees(model)
        try expectSame(model, try ModelFile.load(path: folder.path + "/model.onnx"), tolerance: 1e-6)
    }

    @Test(
        .enabled(
            if: hasRuntime && SharedFiles.exist(ONNXDetectorTests.slim),
            "\(Program.testPythonAbsence), and \(SharedFiles.absence)"))
    func `a file of others is written again`() throws {
        let model = try ModelFile.load(path: SharedFiles.path(ONNXDetectorTests.slim))
        try expectRuntimeAgrees(model)
        try expectSame(model, try ModelFile.load(path: folder.path + "/model.onnx"))
    }

    @Test(
        .enabled(if: hasQuantizer, "\(Program.testPythonAbsence)"), arguments: ["QUInt8", "QInt8"])
    func `what ONNX Runtime quantizes runs in bytes`(activations: String) throws {
        let model = try QuantizableModel.make(normalization: .affine(scale: [0.01, 0.02, 0.03], bias: [-1, 0, 1]))
        let script = """
            import sys, numpy
            from onnxruntime.quantization import quantize_static, CalibrationDataReader, QuantFormat, QuantType
            class Photos(CalibrationDataReader):
                def __init__(self):
                    photo = numpy.fromfile(sys.argv[3], numpy.uint8).reshape(1, 24, 24, 3)
                    self.photos = iter([{"image": (photo.transpose(0, 3, 1, 2) / 255).astype(numpy.float32)}])
                def get_next(self):
                    return next(self.photos, None)
            quantize_static(sys.argv[1], sys.argv[2], Photos(), quant_format=QuantFormat.QDQ, per_channel=True,
                            activation_type=getattr(QuantType, sys.argv[4]), weight_type=QuantType.QInt8)
            """
        let photo = photo(model)
        let (source, photoPath) = (try write(model, .raw), try folder.write("calibration.bin", photo))
        let quantized = folder.path + "/quantized.onnx"
        let python = try #require(Program.testPython)
        let process = try ChildProcess(python, ["-c", script, source, quantized, photoPath, activations])
        #expect(try process.wait() == .status(0), "\(process.errors.allLines.suffix(4))")
        let read = try ModelFile.load(path: quantized)
        #expect(read.precision == .int8)
        let inBytes = read.network.layers.count { layer in
            guard case .convolution(let convolution) = layer.operation, case .int8 = convolution.parameters else {
                return false
            }
            return true
        }
        #expect(inBytes >= 6, "\(read.network.layers.map { $0.operation.kind })")
        let (raw, _) = try run(read, photo)
        let made = try runtime(quantized, photo)
        for (name, expected) in [("locations", raw.locations), ("scores", raw.scores)] {
            let values = try #require(made[name])
            let range = (values.max() ?? 0) - (values.min() ?? 0)
            let errors = zip(values, expected).map { abs($0 - $1) }
            // A few bytes are rounded otherwise.
            #expect(errors.reduce(0, +) / Float(errors.count) < 0.01 * range, "\(name)")
            #expect((errors.max() ?? .infinity) < 0.1 * range, "\(name)")
        }
    }
}
