import MultiBox
import Networks

/// A detector to be trained, and what of it does not change.
public struct TrainableDetector: Sendable {
    /// The detector as training begins with it. Batch normalization is layers of its own; the outputs of the network are
    /// locations, `[boxes, 4]`, and scores, `[boxes, classes]`.
    public var model: DetectionModel
    /// What does not change.
    public var frozen = FrozenLayers.none
    /// What the learning rate of layers is multiplied by, where that is not 1.
    public var rateFactors: [String: Float] = [:]

    /// A detector whose network's layers are of floats.
    public init(_ model: DetectionModel) {
        self.model = model
        let network = model.network
        self.model.network = Network(
            tensors: network.tensors, layers: network.layers, input: network.input,
            outputs: [model.locations, model.scores], parameters: network.parameters)
    }

    /// An architecture before training.
    ///
    /// - Parameters:
    ///   - labels: The names of the score columns; the first is the background.
    ///   - seed: What the first weights follow from.
    public init(_ configuration: SSDConfiguration, labels: LabelMap, seed: UInt64) throws(NetworkError) {
        precondition(labels.hasBackground && labels.count == configuration.classCount, "a label for each class")
        var model = try configuration.trainableModel(
            name: configuration.architecture.rawValue, version: "0", parameters: InitialParameters(seed: seed))
        model.labels = labels
        self.init(model)
    }

    /// The parameters as training begins with them.
    public var parameters: [TrainingParameter] { model.network.trainingParameters(frozen: frozen) }

    /// The detector that inference runs, with some parameters.
    ///
    /// - Parameter roundsWeights: Whether weights are rounded to half precision, in which files hold them in half the bytes.
    public func model(
        parameters: [TrainingParameter], name: String, version: String,
        provenance: [(name: String, value: String)] = [],
        roundsWeights: Bool = false
    ) throws(NetworkError) -> DetectionModel {
        var result = model
        (result.name, result.version, result.provenance) = (name, version, provenance)
        result.network = model.network.with(parameters)
        result = try result.foldingBatchNormalization()
        if roundsWeights { result.network.roundWeights() }
        return result
    }
}

extension Network {
    /// Rounds weights to half precision, where they are within its range.
    fileprivate mutating func roundWeights() {
        for id in parameters.ids where parameters[id].role == .weight {
            parameters[id].values = parameters[id].values.map { weight in
                weight.magnitude <= Float(Float16.greatestFiniteMagnitude) ? Float(Float16(weight)) : weight
            }
        }
    }
}
