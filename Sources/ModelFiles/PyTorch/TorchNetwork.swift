import MultiBox
import Networks

/// A detector that a file of PyTorch's weights is recognised as by the names of its tensors, and that is built of these.
struct TorchNetwork: Sendable {
    /// What it is, for people: "hollance's BlazeFace".
    let name: String
    /// The family of its network.
    let architecture: String
    /// How a photo becomes its input.
    let preprocessing: Preprocessing
    /// Its class names, background included; nil where they follow from how many there are.
    let labels: [String?]?
    /// Its default boxes.
    let defaultBoxes: DefaultBoxConfiguration
    /// How offsets describe boxes.
    let coder: BoxCoder
    /// How scores become detections.
    let output: DetectionOutputConfiguration
    /// Adds its layers; gives the rows of the offsets and of the scores.
    let build: @Sendable (inout TorchLayerBuilder) throws(NetworkError) -> (locations: TensorID, scores: TensorID)

    /// The published detector of a shape, with its layers.
    init(
        name: String, _ known: KnownDetector,
        build: @escaping @Sendable (inout TorchLayerBuilder) throws(NetworkError) -> (TensorID, TensorID)
    ) {
        (self.name, architecture, preprocessing) = (name, known.architecture, known.preprocessing)
        (labels, defaultBoxes, coder, output) = (known.labels, known.defaultBoxes, known.coder, known.output)
        self.build = build
    }

    /// A detector from its parts.
    init(
        name: String, architecture: String, preprocessing: Preprocessing, defaultBoxes: DefaultBoxConfiguration,
        output: DetectionOutputConfiguration,
        build: @escaping @Sendable (inout TorchLayerBuilder) throws(NetworkError) -> (TensorID, TensorID)
    ) {
        (self.name, self.architecture, self.preprocessing) = (name, architecture, preprocessing)
        (labels, self.defaultBoxes, coder, self.output) = (nil, defaultBoxes, .ssd, output)
        self.build = build
    }

    /// The detector in a file; nil if it is none of these.
    ///
    /// - Parameter inputSize: The size of the input, of a network that takes several; nil for the usual one.
    static func recognizing(_ file: any TensorFile, inputSize: (width: Int, height: Int)?) -> TorchNetwork? {
        BlazeFaceNetwork.recognizing(file) ?? UltraLightFaceNetwork.recognizing(file, inputSize: inputSize)
            ?? MobileNetV2LiteNetwork.recognizing(file)
    }

    /// The detector with the weights of a file, batch normalization folded.
    ///
    /// - Throws: what is missing, misshapen or left over.
    func model(
        _ file: any TensorFile, name: String, version: String, provenance: [(name: String, value: String)],
        labels: LabelMap
    ) throws(ModelFileError) -> DetectionModel {
        do throws(NetworkError) {
            let taken = TakenTensors()
            var builder = try TorchLayerBuilder(
                file, width: preprocessing.width, height: preprocessing.height, taken: taken)
            let (locations, scores) = try build(&builder)
            let network = builder.build(outputs: [locations, scores])
            // Counters beside batch normalizations are no floats.
            guard let unknown = file.tensorNames.filter({ !taken.names.contains($0) }).min() else {
                return try DetectionModel(
                    name: name, version: version, architecture: architecture, provenance: provenance,
                    network: network, locations: locations, scores: scores, preprocessing: preprocessing,
                    labels: labels, defaultBoxes: .generated(defaultBoxes), coder: coder, output: output
                ).foldingBatchNormalization()
            }
            throw NetworkError.invalidParameter(
                layer: unknown, parameter: "its tensor", reason: "has no place in the network")
        } catch { throw .network(error) }
    }
}
