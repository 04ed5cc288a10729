import ModelFiles
import MultiBox
import Engine
import Networks
import TestSupport
import Testing

/// Networks from PyTorch's weights against PyTorch itself.
@Suite("torchvision and ssd.pytorch weights")
struct TorchvisionTests {
    private let ssd300Maps = [38 * 38 * 4, 19 * 19 * 6, 10 * 10 * 6, 5 * 5 * 6, 3 * 3 * 4, 4]
    private let ssdliteMaps = [20 * 20 * 6, 10 * 10 * 6, 5 * 5 * 6, 3 * 3 * 6, 2 * 2 * 6, 6]

    private func tensors(_ golden: TorchGolden, named name: (String) -> String = { $0 }) -> [TorchWriter.Tensor] {
        golden.tensors.map {
            TorchWriter.Tensor(name($0.name), $0.shape, FormulaArray.parameter($0.name, shape: $0.shape))
        }
    }

    private func model(_ file: [UInt8]) throws -> DetectionModel {
        let detector = try TorchDetector(TorchArchive(bytes: file))
        return try detector.configuration.model(name: "test", version: "0", parameters: detector.parameters)
    }

    /// The raw outputs of a model for the formula's input.
    private func outputs(_ model: DetectionModel, _ lower: Float, _ upper: Float) throws -> RawOutputs {
        let engine = try InferenceEngine(model: model)
        let input = engine.makeInput()
        input.withUnsafeMutableBytes { bytes in
            FormulaArray.values("input", count: bytes.count / 4, lower, upper).withUnsafeBytes(bytes.copyMemory(from:))
        }
        return engine.rawOutputs([input])[0]
    }

    private func expect(_ raw: RawOutputs, _ golden: TorchGolden, rows: [Int], classes: Int) {
        let locations = TorchGolden.error(raw.locations, rows: rows, columns: 4, expected: golden.locations)
        let scores = TorchGolden.error(raw.scores, rows: rows, columns: classes, expected: golden.scores)
        #expect(locations < 2e-5, "the offsets are off by \(locations)")
        #expect(scores < 2e-5, "the scores are off by \(scores)")
    }

    @Test("torchvision's ssd300_vgg16 computes what PyTorch computes")
    func ssd300() throws {
        let golden = try TorchGolden("ssd300")
        let model = try model(TorchWriter(tensors: tensors(golden)).archive())
        #expect(model.architecture == "ssd300-vgg16" && model.labels == .pascalVOC)
        #expect(model.defaultBoxes == .generated(.torchvisionSSD300) && model.coder == .torchvision)
        #expect(model.output == .torchvisionSSD300(classCount: 21))
        expect(try outputs(model, -120, 150), golden, rows: ssd300Maps, classes: 21)
    }

    @Test("ssd.pytorch's SSD300 is the same network under other names")
    func ssdPyTorch() throws {
        let golden = try TorchGolden("ssd300")
        let vgg = [24, 26, 28]
        func name(_ name: String) -> String {
            let parts = name.split(separator: ".").map(String.init)
            let last = parts[parts.count - 1]
            if name == "backbone.scale_weight" { return "L2Norm.weight" }
            if parts[0] == "head" { return (parts[1] == "regression_head" ? "loc." : "conf.") + parts[3] + "." + last }
            if parts[1] == "features" { return "vgg.\(parts[2]).\(last)" }
            if name.hasPrefix("backbone.extra.0.7.") { return (parts[4] == "1" ? "vgg.31." : "vgg.33.") + last }
            if parts[2] == "0" { return "vgg.\(vgg[(Int(parts[3]) ?? 0) / 2]).\(last)" }
            return "extras.\(((Int(parts[2]) ?? 0) - 1) * 2 + (Int(parts[3]) ?? 0) / 2).\(last)"
        }
        let model = try model(TorchWriter(tensors: tensors(golden, named: name)).legacy())
        #expect(model.architecture == "ssd300-vgg16" && model.coder == .ssd)
        #expect(model.defaultBoxes == .generated(.ssdPyTorchVOC))
        #expect(model.output == .ssdPyTorch(classCount: 21))
        expect(try outputs(model, -120, 150), golden, rows: ssd300Maps, classes: 21)
    }

    @Test("torchvision's ssdlite320_mobilenet_v3_large computes what PyTorch computes")
    func ssdlite320() throws {
        let golden = try TorchGolden("ssdlite320")
        let model = try model(TorchWriter(tensors: tensors(golden)).archive(inside: "model"))
        #expect(model.architecture == "ssdlite320-mobilenetv3" && model.labels == .coco)
        #expect(model.defaultBoxes == .generated(.torchvisionSSDLite320) && model.coder == .torchvision)
        #expect(model.output == .torchvisionSSDLite320(classCount: 91))
        expect(try outputs(model, -1, 1), golden, rows: ssdliteMaps, classes: 91)
    }

    @Test("Raw outputs become the detections that torchvision makes of them", arguments: ["ssd300", "ssdlite320"])
    func detections(name: String) throws {
        let golden = try TorchGolden(name)
        let configuration: SSDConfiguration =
            name == "ssd300" ? .torchvisionSSD300(classCount: 21) : .torchvisionSSDLite320(classCount: 91)
        let boxes = try DefaultBoxes.generated(configuration.defaultBoxes).boxes()
        let output = try DetectionOutput(
            configuration: configuration.output, coder: configuration.coder, defaultBoxes: boxes)
        let loc = FormulaArray.values("locations", count: boxes.count * 4, -2, 2)
        let conf = FormulaArray.values("scores", count: boxes.count * configuration.classCount, -5, 5)
        var workspace = output.makeWorkspace()
        let found = loc.withUnsafeBufferPointer { loc in
            conf.withUnsafeBufferPointer { output.detections(loc: loc, conf: $0, workspace: &workspace) }
        }
        #expect(found.count == golden.detections.count)
        for (found, expected) in zip(found, golden.detections) {
            let numbers = [found.score, found.box.xmin, found.box.ymin, found.box.xmax, found.box.ymax].map(Double.init)
            #expect(Double(found.classIndex) == expected[0])
            #expect(zip(numbers, expected.dropFirst()).allSatisfy { abs($0 - $1) < 2e-6 }, "\(found), not \(expected)")
        }
    }

    @Test("A photo is prepared as each implementation does it")
    func preprocessing() {
        func bytes(_ configuration: SSDConfiguration, _ values: [Float]) -> [Float] {
            guard case .affine(let scale, let bias) = configuration.preprocessing.normalization else { return [] }
            return (0..<3).map { values[$0] * scale[$0] + bias[$0] }
        }
        let red: [Float] = [255, 0, 51]
        let torchvision = bytes(.torchvisionSSD300(classCount: 21), red)
        let normalized = zip(red, [0.48235, 0.45882, 0.40784] as [Float]).map { ($0 / 255 - $1) / (1 / 255) }
        #expect(zip(torchvision, normalized).allSatisfy { abs($0 - $1) < 1e-4 })
        #expect(bytes(.ssdPyTorch300(classCount: 21), red) == [132, -117, -53])
        let lite = bytes(.torchvisionSSDLite320(classCount: 91), red)
        #expect(zip(lite, [1, -1, -0.6] as [Float]).allSatisfy { abs($0 - $1) < 1e-6 })
        // Blue comes first.
        #expect(bytes(.caffeSSD512(classCount: 21), [51, 0, 255]) == [-53, -117, 132])
        #expect(SSDConfiguration.caffeSSD512(classCount: 21).preprocessing.channelOrder == .bgr)
        #expect(SSDConfiguration.ssdPyTorch300(classCount: 21).preprocessing.channelOrder == .rgb)
    }
}
