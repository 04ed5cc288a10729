import MultiBox

/// A detector: a network and all that turns a photo into its input and its raw outputs into detections. What a model
/// file holds.
public struct DetectionModel: Sendable {
    /// What people call it: `coco-ssd-mobilenet-v1`.
    public var name: String
    /// Which one it is: the first eight hexadecimal digits of the file's SHA-256.
    public var version: String
    /// The family of its network.
    public var architecture: String
    /// Where it comes from, for the model card: names and values in the order to show them.
    public var provenance: [(name: String, value: String)]

    /// The network. Its input is the photo, its outputs are `locations` and `scores`.
    public var network: Network
    /// Raw offsets of the boxes, float, `[boxes, 4]`.
    public var locations: TensorID
    /// Raw scores or confidences, float, `[boxes, classes]`.
    public var scores: TensorID

    /// How a photo becomes the network's input.
    public var preprocessing: Preprocessing
    /// The names of the score columns.
    public var labels: LabelMap
    /// The default boxes, one a row of the outputs.
    public var defaultBoxes: DefaultBoxes
    /// How raw offsets describe a box.
    public var coder: BoxCoder
    /// How raw outputs become detections.
    public var output: DetectionOutputConfiguration

    /// A detector from its parts; `InferenceEngine` checks that they fit together.
    public init(
        name: String, version: String, architecture: String, provenance: [(name: String, value: String)] = [],
        network: Network, locations: TensorID, scores: TensorID, preprocessing: Preprocessing, labels: LabelMap,
        defaultBoxes: DefaultBoxes, coder: BoxCoder, output: DetectionOutputConfiguration
    ) {
        self.name = name
        self.version = version
        self.architecture = architecture
        self.provenance = provenance
        self.network = network
        self.locations = locations
        self.scores = scores
        self.preprocessing = preprocessing
        self.labels = labels
        self.defaultBoxes = defaultBoxes
        self.coder = coder
        self.output = output
    }

    /// The arithmetic of the network: `int8` if any convolution is quantized, else `fp32`.
    public var precision: ModelPrecision {
        let isQuantized = network.layers.contains { layer in
            guard case .convolution(let convolution) = layer.operation else { return false }
            if case .int8 = convolution.parameters { return true }
            return false
        }
        return isQuantized ? .int8 : .fp32
    }
}
