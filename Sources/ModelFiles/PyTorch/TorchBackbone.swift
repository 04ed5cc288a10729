import Networks

/// An image classifier that a file of PyTorch's names was recognised as: a detector can begin with its layers.
public struct TorchBackbone: Sendable {
    /// How a photo becomes the input that a classifier was trained on.
    private enum Input {
        /// By PyTorch's recipe for ImageNet.
        case imageNet
        /// As that of the authors' VGG16.
        case reducedVGG16
    }

    /// What it is, for people: "torchvision's mobilenet_v2".
    public let name: String
    /// The architectures that begin with its layers.
    public let architectures: [SSDArchitecture]
    /// Its weights, under the names of the detectors' layers.
    public let parameters: any ParameterSource & Sendable
    private let input: Input

    /// An implementation, by tensors that it has and no detector has.
    private struct Implementation: Sendable {
        var name: String
        var signature: [String]
        var mapping: ParameterMapping
        var architectures: [SSDArchitecture]
        var input = Input.imageNet
    }

    private static let implementations = [
        Implementation(
            name: "torchvision's mobilenet_v2",
            signature: ["features.0.0.weight", "features.17.conv.3.running_var", "features.18.1.running_var"],
            mapping: .torchvisionMobileNetV2, architectures: SSDLiteMobileNetV2.architectures),
        Implementation(
            name: "torchvision's mobilenet_v3_large",
            signature: ["features.0.0.weight", "features.4.block.2.fc1.weight", "features.16.0.weight"],
            mapping: .torchvisionMobileNetV3, architectures: [.ssdlite320MobileNetV3]),
        Implementation(
            name: "ssd.pytorch's vgg16_reducedfc", signature: ["0.weight", "17.weight", "31.weight", "33.weight"],
            mapping: .reducedVGG16, architectures: [.ssd300VGG16, .ssd512VGG16], input: .reducedVGG16),
    ]

    /// The tensors by which torchvision's `vgg16` is told from its narrower, deeper and normalized relatives.
    private static let vgg16Signature = ["features.0", "features.2", "features.17", "features.28"].map {
        $0 + ".weight"
    }

    /// Recognises the classifier in a file; nil if it is none that is known.
    package init?(_ file: any TensorFile) {
        func has(_ signature: [String]) -> Bool { signature.allSatisfy { file.tensor($0) != nil } }
        if let implementation = Self.implementations.first(where: { has($0.signature) }) {
            (name, architectures) = (implementation.name, implementation.architectures)
            (parameters, input) = (TorchParameters(file, mapping: implementation.mapping), implementation.input)
        } else if has(Self.vgg16Signature) {
            let source = DecimatedVGG16(file)
            (name, architectures) = ("torchvision's vgg16", [.ssd300VGG16, .ssd512VGG16])
            // Weights without a classifier are the authors', which torchvision has under its own names.
            (parameters, input) = (source, source.hasClassifier ? .imageNet : .reducedVGG16)
        } else {
            return nil
        }
    }

    /// How a photo becomes an input of this size that its first layer knows.
    public func preprocessing(width: Int, height: Int) -> Preprocessing {
        switch input {
        case .imageNet: .imageNet(width: width, height: height)
        case .reducedVGG16: .reducedVGG16(width: width, height: height)
        }
    }
}
