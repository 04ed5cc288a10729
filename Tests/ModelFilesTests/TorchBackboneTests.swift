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
        #expect(try backbone(detector) == nil && backbone(vgg16(prefix: "vgg.")) == nil)
        #expect(try backbone([TorchWriter.Tensor("features.0.0.weight", [1], [0])]) == nil)
        // vgg16 with batch normalization has other layers at these places, vgg19 none at some.
        for absent in ["features.2", "features.17"] {
            let tensors = vgg16(prefix: "features.").filter { !$0.name.hasPrefix(absent + ".") }
            #expect(try backbone(tensors) == nil)
        }
    }

    @Test("MobileNetV3's are those before the part that detectors have half as wide")
    func mobileNetV3() throws {
        let tensors = try TorchGolden("ssdlite320").tensors.compactMap { tensor -> TorchWriter.Tensor? in
            let parts = tensor.name.split(separator: ".").map(String.init)
            guard parts[0] == "backbone", parts[1] == "features", let second = Int(parts[3]) else { return nil }
            let name =
                switch (parts[2], second) {
                case ("0", 13): ["features.13.block.0"] + parts[4...]
                case ("0", _): ["features"] + parts[3...]
                case (_, 0): ["features.13.block"] + parts[4...]
                default: ["features.\(second + 13)"] + parts[4...]
                }
            return TorchWriter.Tensor(
                name.joined(separator: "."), tensor.shape,
                FormulaArray.parameter(tensor.name, shape: tensor.shape))
        }
        let counters = ["features.0.1.num_batches_tracked"]
        let source = try #require(
            TorchBackbone(try SafetensorsFile(bytes: PlainSafetensors.bytes(tensors, counters: counters))))
        #expect(source.architectures == [.ssdlite320MobileNetV3] && source.name == "torchvision's mobilenet_v3_large")
        #expect(source.preprocessing(width: 320, height: 320) == .imageNet(width: 320, height: 320))
        let taken = Taken(source: source.parameters)
        let model = try SSDConfiguration.torchvisionSSDLite320(classCount: 3).trainableModel(
            name: "x", version: "0", parameters: taken)
        // One at the start, two of block 1, three of each up to 12, two of 13, and six pairs that squeeze and excite.
        #expect(taken.layers.names.count { !$0.hasSuffix(".norm") } == 1 + 2 + 11 * 3 + 2 + 6 * 2)
        #expect(!taken.layers.names.contains("bneck13.project") && taken.layers.names.contains("bneck13.excite"))
        // The same numbers by either file, at their places.
        let archive = try #require(try backbone(tensors))
        var (a, b) = (archive.parameters as any ParameterSource, source.parameters as any ParameterSource)
        for parameter in model.network.parameters.all where taken.layers.names.contains(parameter.description.layer) {
            let values = try a.values(of: parameter.description)
            #expect(try b.values(of: parameter.description) == values, "\(parameter.name)")
        }
        let weights = FormulaArray.parameter("backbone.features.0.0.0.weight", shape: [16, 3, 3, 3])
        let description = ParameterDescription(layer: "conv1", role: .weight, shape: [16, 3, 3, 3])
        // Red, green and blue of a pixel lie together here.
        #expect(try a.values(of: description)[..<3] == [weights[0], weights[9], weights[18]])
    }

    /// VGG16's convolutions, small ones, each with its own bias.
    private func vgg16(prefix: String) -> [TorchWriter.Tensor] {
        [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28].flatMap { index in
            [
                TorchWriter.Tensor("\(prefix)\(index).weight", [1, 1, 1, 1], [1]),
                TorchWriter.Tensor("\(prefix)\(index).bias", [1], [Float(index)]),
            ]
        }
    }

    private static let vgg16Names = [
        "conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1", "conv3_2", "conv3_3", "conv4_1", "conv4_2", "conv4_3",
        "conv5_1", "conv5_2", "conv5_3",
    ]

    @Test("The authors' VGG16 has all layers up to fc7, under the places of its sequence", arguments: [true, false])
    func reducedVGG16(isArchive: Bool) throws {
        let more = [31, 33].flatMap { index in
            [
                TorchWriter.Tensor("\(index).weight", [1, 1, 1, 1], [1]),
                TorchWriter.Tensor("\(index).bias", [1], [Float(index)]),
            ]
        }
        let tensors = vgg16(prefix: "") + more
        let found =
            isArchive
            ? try backbone(tensors) : TorchBackbone(try SafetensorsFile(bytes: PlainSafetensors.bytes(tensors)))
        let source = try #require(found)
        #expect(source.architectures == [.ssd300VGG16, .ssd512VGG16])
        #expect(
            source.preprocessing(width: 300, height: 300)
                == SSDConfiguration.ssdPyTorch300(classCount: 21).preprocessing)
        var parameters: any ParameterSource = source.parameters
        let biases = try (Self.vgg16Names + ["fc6", "fc7"]).map { layer in
            try parameters.values(of: ParameterDescription(layer: layer, role: .bias, shape: [1]))[0]
        }
        #expect(biases == [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28, 31, 33])
        #expect(throws: NetworkError.missingParameter(name: "conv8_1.bias")) {
            try parameters.values(of: ParameterDescription(layer: "conv8_1", role: .bias, shape: [1]))
        }
    }

    @Test("Of torchvision's VGG16, fc6 and fc7 are decimated")
    func decimated() throws {
        // Channels: 2 before fc6, 3 of 12 in fc6, 5 of 20 in fc7.
        func ramp(_ name: String, _ shape: [Int]) -> TorchWriter.Tensor {
            TorchWriter.Tensor(name, shape, (0..<shape.reduce(1, *)).map(Float.init))
        }
        let classifier = [
            ramp("classifier.0.weight", [12, 2 * 49]), ramp("classifier.0.bias", [12]),
            ramp("classifier.3.weight", [20, 12]), ramp("classifier.3.bias", [20]),
        ]
        let source = try #require(try backbone(vgg16(prefix: "features.") + classifier))
        #expect(source.name == "torchvision's vgg16")
        #expect(source.preprocessing(width: 300, height: 300) == .imageNet(width: 300, height: 300))
        var parameters: any ParameterSource = source.parameters
        func values(_ layer: String, _ role: ParameterRole, _ shape: [Int]) throws -> [Float] {
            try parameters.values(of: ParameterDescription(layer: layer, role: role, shape: shape))
        }
        var fc6: [Float] = []
        for output in 0..<3 {
            for row in 0..<3 {
                for column in 0..<3 {
                    for input in 0..<2 {
                        fc6.append(Float(4 * output * 98 + input * 49 + 3 * row * 7 + 3 * column))
                    }
                }
            }
        }
        #expect(try values("fc6", .weight, [3, 3, 3, 2]) == fc6)
        #expect(try values("fc6", .bias, [3]) == [0, 4, 8])
        let fc7 = (0..<5).flatMap { output in (0..<3).map { Float(4 * output * 12 + 4 * $0) } }
        #expect(try values("fc7", .weight, [5, 1, 1, 3]) == fc7)
        #expect(try values("fc7", .bias, [5]) == [0, 4, 8, 12, 16])
        #expect(try values("conv4_3", .bias, [1]) == [21])
        #expect(
            throws: NetworkError.parameterShape(name: "classifier.0.weight", found: [12, 98], expected: [16, 98])
        ) { try values("fc6", .weight, [4, 3, 3, 2]) }
    }

    @Test("VGG16 whose fully connected layers are no numbers is the authors', and they begin anew")
    func featuresAlone() throws {
        let nothing = [0, 3].map { TorchWriter.Tensor("classifier.\($0).bias", [4], [.nan, .nan, .nan, .nan]) }
        for classifier in [nothing, []] {
            let source = try #require(try backbone(vgg16(prefix: "features.") + classifier))
            #expect(source.preprocessing(width: 300, height: 300) == .reducedVGG16(width: 300, height: 300))
            var parameters: any ParameterSource = source.parameters
            #expect(throws: NetworkError.missingParameter(name: "classifier.0.bias")) {
                try parameters.values(of: ParameterDescription(layer: "fc6", role: .bias, shape: [1]))
            }
        }
    }
}
