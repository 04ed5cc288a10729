import MultiBox
import Networks

/// A detector that a PyTorch file of weights was recognised as, by the names and shapes of its tensors.
package struct TorchDetector: Sendable {
    /// The network and all that belongs to it.
    package let configuration: SSDConfiguration
    /// Its weights.
    package let parameters: TorchParameters

    /// An implementation, by a tensor that it alone has.
    private struct Implementation: Sendable {
        /// The bias of the first source map's classification head: classes times boxes of a cell.
        var scores: String
        /// A tensor that tells it from others with such a head.
        var signature: String
        var mapping: ParameterMapping
        var configuration: @Sendable (_ classCount: Int) -> SSDConfiguration
    }

    private static let implementations = [
        Implementation(
            scores: "head.classification_head.module_list.0.bias", signature: "backbone.scale_weight",
            mapping: .torchvisionSSD300, configuration: { .torchvisionSSD300(classCount: $0) }),
        Implementation(
            scores: "head.classification_head.module_list.0.1.bias",
            signature: "backbone.features.0.4.block.2.fc1.weight",
            mapping: .torchvisionSSDLite320, configuration: { .torchvisionSSDLite320(classCount: $0) }),
        Implementation(
            scores: "conf.0.bias", signature: "L2Norm.weight", mapping: .ssdPyTorch300,
            configuration: { .ssdPyTorch300(classCount: $0) }),
    ]

    /// Recognises the detector in an archive.
    ///
    /// - Throws: `unsupportedNetwork` if the tensors are of no known implementation or there are more than it has.
    package init(_ archive: TorchArchive) throws(ModelFileError) {
        guard
            let implementation = Self.implementations.first(where: {
                archive.tensors[$0.scores] != nil && archive.tensors[$0.signature] != nil
            }), let scores = archive.tensors[implementation.scores]
        else {
            throw .unsupportedNetwork(
                reason: "its \(archive.tensors.count) tensors are not those of torchvision's ssd300_vgg16 or "
                    + "ssdlite320_mobilenet_v3_large, nor of ssd.pytorch's SSD300")
        }
        let boxes = implementation.configuration(2).defaultBoxes.maps[0].boxesPerCell
        let classes = 2...DetectionOutputConfiguration.maximumClassCount
        guard scores.count.isMultiple(of: boxes), classes.contains(scores.count / boxes) else {
            throw .unsupportedNetwork(
                reason: "\(implementation.scores) has \(scores.count) values, not \(boxes) times a number of classes")
        }
        if let unknown = archive.tensors.keys.filter({ !implementation.mapping.covers($0) }).min() {
            throw .unsupportedNetwork(reason: "its tensor \(unknown) has no place in the network")
        }
        configuration = implementation.configuration(scores.count / boxes)
        parameters = TorchParameters(archive, mapping: implementation.mapping)
    }
}
