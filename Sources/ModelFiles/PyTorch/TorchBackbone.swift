import Networks

/// An image classifier that a PyTorch file of weights was recognised as: a detector can begin with its layers.
package struct TorchBackbone: Sendable {
    /// Its weights, under the names of the detectors' layers.
    package let parameters: TorchParameters

    /// An implementation, by tensors that it has and no detector has.
    private struct Implementation: Sendable {
        var signature: [String]
        var mapping: ParameterMapping
    }

    private static let implementations = [
        Implementation(
            signature: ["features.0.0.weight", "features.17.conv.3.running_var", "features.18.1.running_var"],
            mapping: .torchvisionMobileNetV2)
    ]

    /// Recognises the classifier in an archive; nil if it is none that is known.
    package init?(_ archive: TorchArchive) {
        let implementation = Self.implementations.first { implementation in
            implementation.signature.allSatisfy { archive.tensors[$0] != nil }
        }
        guard let implementation else { return nil }
        parameters = TorchParameters(archive, mapping: implementation.mapping)
    }
}
