import Engine
import Foundation
import ModelFiles
import MultiBox
import Networks
import TestSupport
import Testing

/// Detectors that are recognised by the names of their tensors, in every container of PyTorch's weights.
struct TorchNetworkTests {
    private static let containers = ["zip", "deflated", "legacy", "safetensors"]

    private func load(
        _ tensors: [TorchWriter.Tensor], _ container: String = "zip", sidecar: String? = nil
    ) throws -> DetectionModel {
        let folder = try TemporaryFolder()
        let writer = TorchWriter(tensors: tensors)
        let bytes =
            switch container {
            case "legacy": writer.legacy()
            case "safetensors":
                PlainSafetensors.bytes(
                    tensors.filter { $0.storage == "FloatStorage" },
                    counters: tensors.filter { $0.storage == "LongStorage" }.map(\.name))
            case "deflated": writer.archive(isDeflated: true)
            default: writer.archive()
            }
        if let sidecar { try folder.write("weights.json", sidecar) }
        return try ModelFile.load(path: folder.write("weights.pth", bytes))
    }

    @Test(arguments: containers)
    func `every container holds the same detector`(container: String) throws {
        let model = try load(TorchDetectors.ultraLightFace(hasField: false), container)
        #expect(model.architecture == "ultra-light-face" && model.labels.names == [nil, "face"])
        #expect(model.provenance.contains { $0.name == "recognised" && $0.value.contains("slim") })
        #expect(try ModelFile.bytes(of: model).count > 1_000_000)
        let other = try load(TorchDetectors.ultraLightFace(hasField: false))
        for (a, b) in zip(model.network.parameters.all, other.network.parameters.all) {
            #expect(a.values == b.values, "\(a.name)")
        }
        #expect(model.network.layers.allSatisfy { $0.operation.kind != "batch normalization" })
    }

    @Test(arguments: ["blazeface-front", "blazeface-back", "ultra-light-face-rfb", "mb2-ssd-lite"])
    func `networks compute what PyTorch computes`(name: String) throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../Fixtures/torch-detectors/expected.json")
        let all = try JSONDecoder().decode([String: [String: [Double]]].self, from: Data(contentsOf: file))
        let expected = try #require(all[name])
        let tensors =
            switch name {
            case "blazeface-front": TorchDetectors.blazeFace(isBack: false)
            case "blazeface-back": TorchDetectors.blazeFace(isBack: true)
            case "ultra-light-face-rfb": TorchDetectors.ultraLightFace(hasField: true)
            default: TorchDetectors.mobileNetV2Lite(classes: 21)
            }
        let model = try load(tensors)
        let engine = try InferenceEngine(model: model)
        let input = engine.makeInput()
        input.withUnsafeMutableBytes { bytes in
            FormulaArray.values("input", count: bytes.count / 4, -1, 1).withUnsafeBytes(bytes.copyMemory(from:))
        }
        let raw = engine.rawOutputs([input])[0]
        for (values, part) in [(raw.locations, "locations"), (raw.scores, "scores")] {
            let direction = FormulaArray.values("projection", count: values.count, -1, 1)
            let norm = values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
            let product = zip(values, direction).reduce(0) { $0 + Double($1.0) * Double($1.1) }
            let golden = try #require(expected[part])
            #expect(abs(norm - golden[0]) < 2e-5 * golden[0], "\(part): \(norm) for \(golden[0])")
            #expect(abs(product - golden[1]) < 2e-5 * golden[0], "\(part): \(product) for \(golden[1])")
        }
    }

    @Test func `published networks have the boxes and columns that they are published with`() throws {
        for (tensors, architecture, rows, classes, input) in [
            (TorchDetectors.blazeFace(isBack: false), "blazeface-front", 896, 1, [128, 128]),
            (TorchDetectors.blazeFace(isBack: true), "blazeface-back", 896, 1, [256, 256]),
            (TorchDetectors.ultraLightFace(hasField: true), "ultra-light-face", 4420, 2, [320, 240]),
            (TorchDetectors.mobileNetV2Lite(classes: 21), "ssdlite-mobilenetv2", 3000, 21, [300, 300]),
        ] {
            let model = try load(tensors)
            #expect(model.architecture == architecture)
            #expect(model.network[model.locations].shape.dimensions == [rows, 4])
            #expect(model.network[model.scores].shape.dimensions == [rows, classes])
            #expect([model.preprocessing.width, model.preprocessing.height] == input)
            if classes == 21 { #expect(model.labels == .pascalVOC) }
            let engine = try InferenceEngine(model: model)
            let black = engine.makeInput()
            black.withUnsafeMutableBytes { for index in $0.indices { $0[index] = 0 } }
            let outputs = engine.rawOutputs([black])[0]
            #expect(outputs.scores.allSatisfy(\.isFinite) && outputs.locations.allSatisfy(\.isFinite))
            // A tensor that is missing, misshapen or too many is named.
            #expect(throws: ModelFileError.network(.missingParameter(name: tensors[1].name))) {
                try load(tensors.filter { $0.name != tensors[1].name })
            }
            var misshapen = tensors
            misshapen[0] = TorchWriter.Tensor(tensors[0].name, [1, 3, 1, 1], [0, 0, 0])
            #expect(throws: ModelFileError.self) { try load(misshapen) }
            #expect(throws: ModelFileError.self) { try load(tensors + [TorchWriter.Tensor("fc.weight", [1], [0])]) }
        }
    }

    @Test func `a sidecar says another size of an input that may have several`() throws {
        let model = try load(
            TorchDetectors.ultraLightFace(hasField: false),
            sidecar: #"{"preprocessing": {"width": 640, "height": 480}, "detection_output": {"score_threshold": 0.5}}"#)
        #expect(model.network[model.locations].shape.dimensions == [17640, 4])
        #expect(model.output.scoreThreshold == 0.5)
        #expect(throws: ModelFileError.self) {
            try load(
                TorchDetectors.blazeFace(isBack: false), sidecar: #"{"preprocessing": {"width": 640, "height": 480}}"#)
        }
    }

    @Test(arguments: [true, false])
    func `SSD512 has a map more`(isTorchvision: Bool) throws {
        let model = try load(TorchDetectors.ssd512(isTorchvision: isTorchvision, classes: 21), "safetensors")
        #expect(model.architecture == "ssd512-vgg16" && model.labels == .pascalVOC)
        #expect(model.network[model.scores].shape.dimensions == [24564, 21])
        #expect(model.preprocessing.width == 512 && model.preprocessing.channelOrder == .rgb)
    }

    @Test func `deflated members are bounded by what they come to, and must come to what is said`() throws {
        func error(_ bytes: [UInt8]) -> String {
            do throws(ModelFileError) {
                _ = try TorchArchive(bytes: bytes)
                return "none"
            } catch { return error.description }
        }
        let tensor = TorchWriter.Tensor("x", [3], [1, 2, 3])
        let good = TorchWriter(tensors: [tensor]).archive(isDeflated: true)
        let archive = try TorchArchive(bytes: good)
        #expect(archive.tensors["x"].map(archive.floats) == [1, 2, 3])
        // A bomb: 64 MiB of zeros are 64 KB.
        let zeros = [UInt8](repeating: 0, count: 64 << 20)
        let bomb = TorchWriter.zip([("a/data.pkl", zeros)], isDeflated: true)
        #expect(bomb.count < 1 << 18)
        #expect(error(bomb).contains("bytes in its archive, more than the limit"))
        for claimed in [0, 11, 13, 1 << 20, 1 << 31 - 1] {
            let wrong = TorchWriter.zip(
                [("a/data.pkl", Array("hello, world".utf8))], isDeflated: true, claimed: claimed)
            #expect(
                error(wrong).contains("not of the size that it says") || error(wrong).contains("more than the limit"),
                "\(claimed)")
        }
        var random = SeededGenerator(seed: 5)
        var valid = 0
        for _ in 0..<4000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if error(bytes) == "none" { valid += 1 }
        }
        #expect((50...3950).contains(valid), "\(valid) of 4000 are archives")
        for length in 0..<good.count { #expect(error(Array(good[..<length])) != "none") }
    }
}
