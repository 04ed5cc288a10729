import Platform
import Foundation
import ModelFiles
import MultiBox
import Engine
import Networks
import TestSupport
import Testing

/// Encode, then decode, is the identity: for a model's bytes, for what it computes and for what it says of itself.
@Suite("Round trip of model files")
struct ModelRoundTripTests {
    static let detect = "models/coco-ssd-mobilenet-v1/detect.tflite"

    /// The model of a TensorFlow Lite file that is made here.
    private func tflite(_ bytes: [UInt8]) throws -> DetectionModel {
        let detector = try TFLiteDetector(TFLiteFile(bytes: bytes))
        let names: [String?] = [nil] + (1..<detector.output.classCount).map { "class \($0)" }
        return DetectionModel(
            name: "made here", version: "0", architecture: detector.architecture, network: detector.network,
            locations: detector.locations, scores: detector.scores, preprocessing: detector.preprocessing,
            labels: try LabelMap(names: names, hasBackground: true), defaultBoxes: detector.defaultBoxes,
            coder: detector.coder, output: detector.output)
    }

    private func rawOutputs(_ model: DetectionModel) throws -> RawOutputs {
        let engine = try InferenceEngine(model: model)
        let input = engine.makeInput()
        input.withUnsafeMutableBytes { bytes in
            if model.preprocessing.normalization == .bytes {
                for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: index &* 37 ^ index >> 5) }
            } else {
                FormulaArray.values("input", count: bytes.count / 4, -1, 1).withUnsafeBytes(bytes.copyMemory(from:))
            }
        }
        return engine.rawOutputs([input])[0]
    }

    private func expectRoundTrip(_ model: DetectionModel) throws {
        let bytes = try ModelFile.bytes(of: model)
        let read = try ModelFile.safetensors(bytes)
        #expect(try ModelFile.bytes(of: read) == bytes, "the same bytes")
        #expect(read.version == SHA256Digest(of: bytes).hexadecimal.prefix(8))
        #expect(read.name == model.name && read.architecture == model.architecture)
        #expect(read.provenance.map { [$0.name, $0.value] } == model.provenance.map { [$0.name, $0.value] })
        #expect(read.preprocessing == model.preprocessing && read.labels == model.labels)
        #expect(read.defaultBoxes == model.defaultBoxes && read.coder == model.coder && read.output == model.output)
        #expect(read.precision == model.precision)
        #expect(read.network.layers.map(\.name) == model.network.layers.map(\.name))
        #expect(read.network.layers.map(\.operation.kind) == model.network.layers.map(\.operation.kind))
        #expect(read.network.tensors.map(\.shape) == model.network.tensors.map(\.shape))
        #expect(read.network.tensors.map(\.element) == model.network.tensors.map(\.element))
        let (before, after) = (try rawOutputs(model), try rawOutputs(read))
        #expect(before.locations.map(\.bitPattern) == after.locations.map(\.bitPattern))
        #expect(before.scores.map(\.bitPattern) == after.scores.map(\.bitPattern))
        #expect(Set(before.scores).count > 1, "a test of outputs that differ")
    }

    @Test("Every operation, with default boxes of both kinds", arguments: [false, true])
    func everyOperation(stored: Bool) throws {
        let model = try EveryOperation.model(stored: stored)
        // The operations that there are: a new one must be in the model, too.
        #expect(Set(model.network.layers.map(\.operation.kind)).count == 21)
        try expectRoundTrip(model)
    }

    @Test("TensorFlow Lite: floats, unsigned and signed bytes")
    func tensorFlowLite() throws {
        try expectRoundTrip(tflite(ColorDetector.file()))
        try expectRoundTrip(tflite(QuantizedFile.file(isSigned: false)))
        try expectRoundTrip(tflite(QuantizedFile.file(isSigned: true)))
    }

    @Test("PyTorch: torchvision's ssdlite320_mobilenet_v3_large")
    func torch() throws {
        let tensors = try TorchGolden("ssdlite320").tensors.map {
            TorchWriter.Tensor($0.name, $0.shape, FormulaArray.parameter($0.name, shape: $0.shape))
        }
        let detector = try TorchDetector(TorchArchive(bytes: TorchWriter(tensors: tensors).archive()))
        try expectRoundTrip(
            try detector.configuration.model(name: "torch", version: "0", parameters: detector.parameters))
    }

    @Test("SSD300 on VGG16, built in")
    func builtIn() throws {
        let configuration = SSDConfiguration.ssdPyTorch300(classCount: 2)
        try expectRoundTrip(
            try configuration.model(name: "synthetic", version: "0", parameters: SyntheticParameters()))
    }

    @Test("A published quantized model", .enabled(if: SharedFiles.exist(detect), "\(SharedFiles.absence)"))
    func published() throws {
        let model = try ModelFile.load(path: SharedFiles.path(Self.detect))
        try expectRoundTrip(model)
        // The parameters are as many as in the original, and the rest is text.
        let size = try ModelFile.bytes(of: model).count
        #expect(size < 4_300_000, "\(size) bytes")
    }

    @Test("A file is found by its content, keeps its labels, and is replaced as a whole")
    func files() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("multibox-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/some.model"
        var model = try EveryOperation.model(stored: false)
        let size = try ModelFile.write(model, to: path)
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.size] as? Int == size)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["some.model"])
        // A file of labels beside the model is for models that have none inside.
        try Data("one\ntwo\n".utf8).write(to: URL(fileURLWithPath: folder + "/labels.txt"))
        #expect(try ModelFile.load(path: path).labels.names == [nil, "cat", nil])
        #expect(try ModelFile.load(path: path, labels: folder + "/labels.txt").labels.names == [nil, "one", "two"])
        model.name = "another"
        try ModelFile.write(model, to: path)
        #expect(try ModelFile.load(path: path).name == "another")
        #expect(throws: ModelFileError.unwritable(path: folder, reason: "Is a directory")) {
            try ModelFile.write(model, to: folder)
        }
        #expect(throws: ModelFileError.exists(path: path)) { try ModelFile.write(model, to: path, existing: .keep) }
        #expect(throws: ModelFileError.self) { try ModelFile.write(model, to: folder + "/absent/model") }
    }

    @Test("A detector whose parts do not fit together is not written")
    func inconsistent() throws {
        let model = try EveryOperation.model(stored: false)
        func expectRefused(_ change: (inout DetectionModel) throws -> Void) rethrows {
            var changed = model
            try change(&changed)
            #expect(throws: ModelFileError.self) { try ModelFile.bytes(of: changed) }
        }
        expectRefused { $0.scores = $0.locations }
        expectRefused { $0.output.iouThreshold = .nan }
        expectRefused { $0.output.classCount = 2 }
        expectRefused { $0.preprocessing.width = 17 }
        expectRefused { $0.preprocessing.normalization = .affine(scale: [1, 1, 1], bias: [0, 0, 0]) }
        expectRefused { $0.coder.maximumLogScale = .infinity }
        expectRefused { $0.defaultBoxes = .explicit([]) }
        expectRefused { $0.name = String(repeating: "n", count: 257) }
        try expectRefused { $0.labels = try LabelMap(names: [nil, "a"], hasBackground: true) }
        try expectRefused { $0.labels = try LabelMap(names: ["a", "b", "c"], hasBackground: false) }
    }
}
