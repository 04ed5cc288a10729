import ModelFiles
import Networks
import TestSupport
import Testing

/// Classifiers whose layers detectors begin with.
@Suite("PyTorch weights of image classifiers")
struct TorchBackboneTests {
    /// Counts what a source has of a network.
    private struct Taken: ParameterSource {
        final class Layers { var names: Set<String> = [] }
        let source: any ParameterSource
        let layers = Layers()

        func values(of parameter: ParameterDescription) throws(NetworkError) -> [Float] {
            var source = source
            do throws(NetworkError) {
                let values = try source.values(of: parameter)
                layers.names.insert(parameter.layer)
                return values
            } catch .missingParameter {
                let value: Float = parameter.role == .normalizationVariance ? 1 : 0
                return [Float](repeating: value, count: parameter.count)
            }
        }
    }

    private func backbone(_ tensors: [TorchWriter.Tensor]) throws -> TorchBackbone? {
        TorchBackbone(try TorchArchive(bytes: TorchWriter(tensors: tensors).archive()))
    }

    @Test("MobileNetV2's are all that come before the extra layers")
    func layers() throws {
        let source = try #require(try backbone(TorchMobileNetV2.tensors()))
        let taken = Taken(source: source.parameters)
        _ = try SSDConfiguration.ssdliteMobileNetV2(classCount: 3).model(name: "x", version: "0", parameters: taken)
        let convolutions = taken.layers.names.filter { !$0.hasSuffix(".norm") }
        // One at the start, two of the first block, three of the others, one at the end.
        #expect(convolutions.count == 52)
        #expect(taken.layers.names.count == 2 * convolutions.count)
        #expect(convolutions.allSatisfy { $0.hasPrefix("conv") || $0.hasPrefix("bneck") })
        // Those of another width have another shape.
        #expect(throws: NetworkError.self) {
            try SSDConfiguration.ssdliteMobileNetV2(.ssdliteMobileNetV2Half, classCount: 3).model(
                name: "x", version: "0", parameters: Taken(source: source.parameters))
        }
    }

    @Test("A detector is no classifier")
    func others() throws {
        let detector = try TorchGolden("ssdlite320").tensors.map {
            TorchWriter.Tensor($0.name, $0.shape, [Float](repeating: 0, count: $0.shape.reduce(1, *)))
        }
        #expect(try backbone(detector) == nil)
        #expect(try backbone([TorchWriter.Tensor("features.0.0.weight", [1], [0])]) == nil)
    }
}
