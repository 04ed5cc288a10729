import MultiBox
import Networks

/// An SSD architecture to be trained: its graph and all that turns a photo into its input and its outputs into boxes.
public struct TrainableDetector: Sendable {
    /// The architecture's name.
    public var architecture: String
    /// The network; its outputs are locations, `[boxes, 4]`, and scores, `[boxes, classes]`.
    public var graph: TrainingGraph
    /// The names of the score columns; the first is the background.
    public var labels: LabelMap
    /// The default boxes.
    public var defaultBoxes: DefaultBoxConfiguration
    /// How photos become inputs; floats.
    public var preprocessing: Preprocessing
    /// How offsets are coded.
    public var coder: BoxCoder
    /// How outputs become detections.
    public var output: DetectionOutputConfiguration

    /// A detector from its parts.
    public init(
        architecture: String, graph: TrainingGraph, labels: LabelMap, defaultBoxes: DefaultBoxConfiguration,
        preprocessing: Preprocessing, coder: BoxCoder = .ssd, output: DetectionOutputConfiguration
    ) {
        precondition(graph.outputs.count == 2, "locations and scores")
        self.architecture = architecture
        self.graph = graph
        self.labels = labels
        self.defaultBoxes = defaultBoxes
        self.preprocessing = preprocessing
        self.coder = coder
        self.output = output
    }

    /// The detector that inference runs, with some parameters.
    ///
    /// - Parameter roundsWeights: Whether weights are rounded to half precision, in which files hold them in half the bytes.
    public func model(
        parameters: [TrainingParameter], name: String, version: String,
        provenance: [(name: String, value: String)] = [],
        roundsWeights: Bool = false
    ) throws(NetworkError) -> DetectionModel {
        let network = try graph.network(parameters: parameters, roundsWeights: roundsWeights)
        return DetectionModel(
            name: name, version: version, architecture: architecture, provenance: provenance, network: network,
            locations: network.outputs[0], scores: network.outputs[1], preprocessing: preprocessing, labels: labels,
            defaultBoxes: .generated(defaultBoxes), coder: coder, output: output)
    }
}
