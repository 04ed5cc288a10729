import MultiBox
import Networks

/// A detector that a PyTorch file of weights was recognised as, by the names and shapes of its tensors.
package struct TorchDetector: Sendable {
    /// What it is, for people: "torchvision's ssd300_vgg16".
    package let name: String
    /// The network and all that belongs to it.
    package let configuration: SSDConfiguration
    /// Its weights.
    package let parameters: TorchParameters

    /// An implementation, by a tensor that it alone has.
    private struct Implementation: Sendable {
        var name: String
        /// The bias of the first source map's classification head: classes times boxes of a cell.
        var scores: String
        /// A tensor that tells it from others with such a head.
        var signature: String
        var mapping: ParameterMapping
        var configuration: @Sendable (_ classCount: Int) -> SSDConfiguration
    }

    /// In this order: an SSD512 has all tensors that an SSD300 has, and two more maps' worth.
    private static let implementations = [
        Implementation(
            name: "SSD512 of torchvision's names", scores: "head.classification_head.module_list.0.bias",
            signature: "head.classification_head.module_list.6.bias", mapping: .torchvisionSSD512,
            configuration: { .torchvisionSSD512(classCount: $0) }),
        Implementation(
            name: "torchvision's ssd300_vgg16", scores: "head.classification_head.module_list.0.bias",
            signature: "backbone.scale_weight", mapping: .torchvisionSSD300,
            configuration: { .torchvisionSSD300(classCount: $0) }),
        Implementation(
            name: "torchvision's ssdlite320_mobilenet_v3_large",
            scores: "head.classification_head.module_list.0.1.bias",
            signature: "backbone.features.0.4.block.2.fc1.weight",
            mapping: .torchvisionSSDLite320, configuration: { .torchvisionSSDLite320(classCount: $0) }),
        Implementation(
            name: "SSD512 of ssd.pytorch's names", scores: "conf.0.bias", signature: "conf.6.bias",
            mapping: .ssdPyTorch512, configuration: { .ssdPyTorch512(classCount: $0) }),
        Implementation(
            name: "ssd.pytorch's SSD300", scores: "conf.0.bias", signature: "L2Norm.weight", mapping: .ssdPyTorch300,
            configuration: { .ssdPyTorch300(classCount: $0) }),
    ]

    /// Recognises the detector in a file.
    ///
    /// - Throws: `unsupportedNetwork` if the tensors are of no known implementation or there are more than it has.
    package init(_ file: any TensorFile) throws(ModelFileError) {
        guard
            let implementation = Self.implementations.first(where: {
                file.tensor($0.scores) != nil && file.tensor($0.signature) != nil
            }), let scores = file.tensor(implementation.scores)
        else {
            throw .unsupportedNetwork(
                reason: "its \(file.tensorNames.count) tensors are not those of torchvision's ssd300_vgg16 or "
                    + "ssdlite320_mobilenet_v3_large, ssd.pytorch's SSD300 or SSD512, pytorch-ssd's mb2-ssd-lite, "
                    + "Ultra-Light-Face or BlazeFace-PyTorch")
        }
        let boxes = implementation.configuration(2).defaultBoxes.maps[0].boxesPerCell
        let classes = 2...DetectionOutputConfiguration.maximumClassCount
        guard scores.count.isMultiple(of: boxes), classes.contains(scores.count / boxes) else {
            throw .unsupportedNetwork(
                reason: "\(implementation.scores) has \(scores.count) values, not \(boxes) times a number of classes")
        }
        if let unknown = file.tensorNames.filter({ !implementation.mapping.covers($0) }).min() {
            throw .unsupportedNetwork(reason: "its tensor \(unknown) has no place in the network")
        }
        name = implementation.name
        configuration = implementation.configuration(scores.count / boxes)
        parameters = TorchParameters(file, mapping: implementation.mapping)
    }
}
