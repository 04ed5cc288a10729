import MultiBox
import Engine
import Networks
import TestSupport
import Testing

/// The built-in architectures: their sizes as published, and what they compute.
struct SSDArchitectureTests {
    /// Counts what an architecture asks for; its values are the formula's.
    private struct Counter: ParameterSource {
        final class Total { var parameters = 0 }
        let total = Total()

        func values(of parameter: ParameterDescription) -> [Float] {
            // Running means and variances are no parameters that are learned.
            if !parameter.role.isStatistic {
                total.parameters += parameter.count
            }
            return [Float](repeating: 0, count: parameter.count)
        }
    }

    /// torchvision's networks as it publishes them for COCO, the others' layers summed up by hand for Pascal VOC.
    @Test(arguments: [
        (SSDArchitecture.ssd300VGG16, 91, 35_641_826, 34_858, 8732),
        (.ssdlite320MobileNetV3, 91, 3_440_060, 583, 3234), (.ssd512VGG16, 21, 27_188_676, 90_207, 24564),
        (.mobileNetV1SSD300, 21, 5_783_417, 1_148, 1917), (.smallSSD300, 21, 2_470_718, 650, 11634),
        (.ssdliteMobileNetV2, 91, 4_254_777, 911, 4434), (.ssdliteMobileNetV2Half, 91, 2_049_049, 382, 4434),
        (.ssdliteMobileNetV2FPN, 91, 4_387_827, 1_099, 14034),
    ])
    func `an architecture has the published size`(
        architecture: SSDArchitecture, classes: Int, parameters: Int, millionMultiplyAdds: Int, boxes: Int
    ) throws {
        let counter = Counter()
        let configuration = SSDConfiguration.published(architecture)
        #expect(configuration.classCount == classes)
        let model = try configuration.model(name: "x", version: "0", parameters: counter)
        #expect(counter.total.parameters == parameters)
        #expect(model.network.multiplyAdds / 1_000_000 == millionMultiplyAdds)
        #expect(model.network[model.locations].shape.dimensions == [boxes, 4])
        #expect(model.network[model.scores].shape.dimensions == [boxes, classes])
        #expect(try model.defaultBoxes.boxes().count == boxes)
        #expect(model.architecture == architecture.rawValue)
    }

    @Test func `MobileNet-SSD computes what PyTorch computes`() throws {
        let golden = try TorchGolden("mobilenet")
        let model = try SSDConfiguration.mobileNetSSD(classCount: 21).model(
            name: "x", version: "0", parameters: SyntheticParameters())
        let engine = try InferenceEngine(model: model)
        let input = engine.makeInput()
        input.withUnsafeMutableBytes { bytes in
            FormulaArray.values("input", count: bytes.count / 4, -1, 1).withUnsafeBytes(bytes.copyMemory(from:))
        }
        let raw = engine.rawOutputs([input])[0]
        let rows = [19 * 19 * 3, 600, 150, 54, 24, 6]
        #expect(TorchGolden.error(raw.locations, rows: rows, columns: 4, expected: golden.locations) < 2e-5)
        #expect(TorchGolden.error(raw.scores, rows: rows, columns: 21, expected: golden.scores) < 2e-5)
    }

    @Test func `synthetic weights keep the outputs of a deep network in range`() throws {
        let model = try SSDConfiguration.torchvisionSSDLite320(classCount: 5).model(
            name: "x", version: "0", parameters: SyntheticParameters())
        let engine = try InferenceEngine(model: model)
        let input = engine.makeInput()
        input.withUnsafeMutableBytes { bytes in
            FormulaArray.values("input", count: bytes.count / 4, -1, 1).withUnsafeBytes(bytes.copyMemory(from:))
        }
        let scores = engine.rawOutputs([input])[0].scores
        let largest = scores.reduce(0) { max($0, abs($1)) }
        #expect(scores.allSatisfy(\.isFinite) && (0.01...1000).contains(largest), "\(largest)")
    }

    @Test func `a parameter that is missing is an error by its name`() {
        struct Missing: ParameterSource {
            func values(of parameter: ParameterDescription) throws(NetworkError) -> [Float] {
                if parameter.name == "fc6.bias" { throw .missingParameter(name: parameter.name) }
                return [Float](repeating: 0, count: parameter.count)
            }
        }
        #expect(throws: NetworkError.missingParameter(name: "fc6.bias")) {
            try SSDConfiguration.ssdPyTorch300(classCount: 2).model(name: "x", version: "0", parameters: Missing())
        }
    }
}
