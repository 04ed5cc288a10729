import ModelFiles
import MultiBox
import Networks
import TestSupport
import Testing

/// Recognition of a detector by its tensors.
@Suite("Recognising PyTorch weights")
struct TorchDetectorTests {
    /// torchvision's SSDLite with this many classes; every tensor zero and of one storage a kind.
    private func ssdlite(classes: Int = 91) throws -> [TorchWriter.Tensor] {
        try TorchGolden("ssdlite320").tensors.map { tensor in
            var shape = tensor.shape
            if shape[0] == 546, tensor.name.hasPrefix("head.classification_head") { shape[0] = classes * 6 }
            return TorchWriter.Tensor(
                tensor.name, shape, [Float](repeating: 0, count: shape.reduce(1, *)))
        }
    }

    private func detector(_ tensors: [TorchWriter.Tensor]) throws(ModelFileError) -> TorchDetector {
        try TorchDetector(TorchArchive(bytes: TorchWriter(tensors: tensors).archive()))
    }

    private func network(_ tensors: [TorchWriter.Tensor]) throws -> DetectionModel {
        let detector = try detector(tensors)
        return try detector.configuration.model(name: "x", version: "0", parameters: detector.parameters)
    }

    @Test("The class count follows from the head", arguments: [2, 21, 81])
    func classes(count: Int) throws {
        let model = try network(ssdlite(classes: count))
        #expect(model.network[model.scores].shape.dimensions == [3234, count])
        #expect(model.labels.count == count)
        switch count {
        case 21: #expect(model.labels == .pascalVOC)
        case 81: #expect(model.labels == .cocoContiguous)
        default: #expect(model.labels.names == [nil, "class 1"])
        }
    }

    @Test("A tensor that is missing, misshapen or too many is named")
    func wrongTensors() throws {
        let tensors = try ssdlite()
        let name = "backbone.extra.2.1.1.running_var"
        #expect(throws: NetworkError.missingParameter(name: name)) { try network(tensors.filter { $0.name != name }) }
        var misshapen = tensors
        let index = try #require(tensors.firstIndex { $0.name == "backbone.features.0.3.block.1.0.weight" })
        misshapen[index] = TorchWriter.Tensor(
            misshapen[index].name, [72, 1, 5, 5], [Float](repeating: 0, count: 72 * 25))
        #expect(
            throws: NetworkError.parameterShape(
                name: misshapen[index].name, found: [72, 1, 5, 5], expected: [72, 1, 3, 3])
        ) { try network(misshapen) }
        #expect(
            throws: ModelFileError.unsupportedNetwork(
                reason: "its tensor backbone.extra.4.0 has no place in the network")
        ) { try detector(tensors + [TorchWriter.Tensor("backbone.extra.4.0", [1], [0])]) }
        #expect(throws: ModelFileError.self) { try detector([TorchWriter.Tensor("fc.weight", [1, 2], [0, 0])]) }
        // A variance below zero would make numbers that are none.
        var negative = tensors
        let variance = try #require(tensors.firstIndex { $0.name == name })
        negative[variance] = TorchWriter.Tensor(name, [128], [Float](repeating: -1, count: 128))
        #expect(throws: NetworkError.self) { try network(negative) }
    }

    @Test("COCO's class counts take COCO's box sizes in ssd.pytorch's flavour")
    func boxSizes() {
        #expect(SSDConfiguration.ssdPyTorch300(classCount: 21).defaultBoxes == .ssdPyTorchVOC)
        let coco = SSDConfiguration.ssdPyTorch300(classCount: 201).defaultBoxes
        #expect(coco.maps == DefaultBoxConfiguration.ssd300COCO.maps && coco.clip == .centerForm)
    }
}
