import MultiBox

/// A detector without its weights: the network's architecture and everything about photos, boxes and scores in which
/// implementations of one architecture differ.
public struct SSDConfiguration: Sendable {
    /// The network.
    public var architecture: SSDArchitecture
    /// The size of the input and the default boxes; one source map of the network for each of its maps.
    public var defaultBoxes: DefaultBoxConfiguration
    /// How raw offsets describe a box.
    public var coder: BoxCoder
    /// The number of classes and how scores become detections.
    public var output: DetectionOutputConfiguration
    /// How a photo becomes the input.
    public var preprocessing: Preprocessing
    /// What is added to the sum of squares in the L2 normalization of conv4_3.
    public var l2Epsilon: Float

    /// Columns of a score row, background counted.
    public var classCount: Int { output.classCount }

    /// A detector of these parts; for published ones see the static functions.
    public init(
        architecture: SSDArchitecture, defaultBoxes: DefaultBoxConfiguration, coder: BoxCoder = .ssd,
        output: DetectionOutputConfiguration, preprocessing: Preprocessing, l2Epsilon: Float = 1e-10
    ) {
        self.architecture = architecture
        self.defaultBoxes = defaultBoxes
        self.coder = coder
        self.output = output
        self.preprocessing = preprocessing
        self.l2Epsilon = l2Epsilon
    }

    /// The names that published models of this many classes have; `class 1`, `class 2`… where none is known.
    public var labels: LabelMap {
        if let known = LabelMap.known(classCount: classCount) { return known }
        let names = [nil] + (1..<max(2, classCount)).map { "class \($0)" as String? }
        guard let labels = try? LabelMap(names: names, hasBackground: true) else {
            preconditionFailure("numbered names are valid")
        }
        return labels
    }

    /// The detector with these weights, for inference: batch normalization is part of the convolutions.
    ///
    /// - Throws: what the source says of a missing or misshapen parameter.
    public func model(
        name: String, version: String, provenance: [(name: String, value: String)] = [],
        parameters: any ParameterSource
    ) throws(NetworkError) -> DetectionModel {
        try trainableModel(name: name, version: version, provenance: provenance, parameters: parameters)
            .foldingBatchNormalization()
    }

    /// The detector with these weights as it is trained: batch normalization is layers of its own.
    ///
    /// - Throws: what the source says of a missing or misshapen parameter.
    public func trainableModel(
        name: String, version: String, provenance: [(name: String, value: String)] = [],
        parameters: any ParameterSource
    ) throws(NetworkError) -> DetectionModel {
        var builder = try SSDLayerBuilder(self, parameters: parameters)
        let last = try architecture.backbone.build(&builder)
        builder.endBackbone()
        try architecture.extraLayers?.build(after: last, &builder)
        let network = try builder.finish()
        return DetectionModel(
            name: name, version: version, architecture: architecture.rawValue, provenance: provenance,
            network: network, locations: network.outputs[0], scores: network.outputs[1], preprocessing: preprocessing,
            labels: labels, defaultBoxes: .generated(defaultBoxes), coder: coder, output: output)
    }
}
