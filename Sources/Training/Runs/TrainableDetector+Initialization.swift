import MultiBox
import Networks

/// Beginning with the weights of a detector or classifier that was trained before.
extension TrainableDetector {
    /// What another gave a detector to begin with.
    public struct Initialization: Sendable {
        /// The detector with what was taken, the statistics of those layers fixed.
        public var detector: TrainableDetector
        /// The convolutions that were taken as they are, and all that there are.
        public var taken: [String], convolutions: Int
        /// The heads of which rows were taken, the others beginning anew.
        public var partial: [String] = []
        /// The classes whose rows were taken.
        public var classes: [String] = []
        /// The batch normalizations of which statistics were taken.
        public var normalizations: [String] = []
    }

    /// A convolution's numbers where they come from.
    typealias Values = (shape: [Int], weights: [Float], bias: [Float])

    /// Takes over the convolutions of a model that have the name and the shape of one here, and how it sees a photo.
    ///
    /// A model for inference has batch normalization folded into its convolutions. Such a convolution is taken with the
    /// normalization after it as one that does nothing at first: scale 1, the convolution's bias as shift, mean 0 and
    /// variance 1, fixed, as is usual for fine-tuning on few photos, whose own statistics would be poor. Of heads, the rows
    /// are taken of the same box and, by its name, the same class.
    ///
    /// - Throws: if the network of the model cannot be folded, which a valid one always can.
    public func initialized(from source: DetectionModel) throws(NetworkError) -> Initialization {
        let sources = Self.convolutions(of: try source.network.foldingBatchNormalization())
        var result = Initialization(detector: self, taken: [], convolutions: 0)
        let heads = result.takeHeads(of: source) { sources[$0] }
        for layer in model.network.layers {
            guard case .convolution(let convolution) = layer.operation,
                case .float32(let weights, let bias) = convolution.parameters
            else { continue }
            result.convolutions += 1
            guard !heads.contains(layer.name), let values = sources[layer.name],
                values.weights.count == model.network.parameters[weights].values.count,
                result.detector.take(convolution.filled(values.bias), of: layer, bias)
            else { continue }
            result.detector.model.network.parameters[weights].values = values.weights
            result.taken.append(layer.name)
        }
        result.takePreprocessing(source.preprocessing)
        return result
    }

    /// Takes over the parameters of another run as they are at last or, where there is one, their running average: those that
    /// have the name and the shape of one here; of heads, the rows of the same box and the same class.
    ///
    /// - Parameter earlier: What was trained in that run, whatever its parameters; nil where that is not known, and heads begin
    ///   anew.
    public func initialized(from state: TrainingState, of earlier: DetectionModel?) -> Initialization {
        var result = Initialization(detector: self, taken: [], convolutions: 0)
        let parameters = Dictionary(state.bestParameters.map { ($0.name, $0) }) { first, _ in first }
        let heads = result.takeHeads(of: earlier) { layer in
            guard let weights = parameters[layer + ".weight"] else { return nil }
            return (weights.shape, weights.values, parameters[layer + ".bias"]?.values ?? [])
        }
        for layer in model.network.layers {
            if case .convolution = layer.operation { result.convolutions += 1 }
        }
        for id in model.network.parameters.ids {
            let description = model.network.parameters[id].description
            guard !heads.contains(description.layer), let parameter = parameters[description.name],
                parameter.shape == description.shape
            else { continue }
            result.take(parameter.values, id, description)
        }
        return result
    }

    /// Takes over the layers before the heads from an image classifier, batch normalization and its statistics with them.
    ///
    /// - Parameters:
    ///   - source: Its parameters, by the names of the layers here.
    ///   - preprocessing: How it sees a photo.
    /// - Throws: that a parameter has another shape than here, as of another width.
    public func initialized(
        fromBackbone source: any ParameterSource, preprocessing: Preprocessing
    ) throws(NetworkError) -> Initialization {
        var (result, source) = (Initialization(detector: self, taken: [], convolutions: 0), source)
        for layer in model.network.layers {
            if case .convolution = layer.operation { result.convolutions += 1 }
        }
        for id in model.network.parameters.ids {
            let description = model.network.parameters[id].description
            let values: [Float]
            do throws(NetworkError) { values = try source.values(of: description) } catch .missingParameter {
                continue
            }
            result.take(values, id, description)
        }
        result.takePreprocessing(preprocessing)
        return result
    }

    /// The float convolutions of a network, by name.
    private static func convolutions(of network: Network) -> [String: Values] {
        var found: [String: Values] = [:]
        for layer in network.layers {
            guard case .convolution(let convolution) = layer.operation,
                case .float32(let weights, let bias) = convolution.parameters
            else { continue }
            found[layer.name] = (
                network.parameters[weights].shape, network.parameters.values(weights), network.parameters.values(bias)
            )
        }
        return found
    }

    /// Makes a bias that of a convolution, or the shift of the normalization after it.
    ///
    /// - Returns: whether the convolution can have it.
    private mutating func take(_ values: [Float], of layer: Layer, _ bias: ParameterID?) -> Bool {
        for next in model.network.layers where next.inputs == [layer.output] {
            guard case .batchNormalization(let normalization) = next.operation else { continue }
            func set(_ id: ParameterID, _ values: [Float]) { model.network.parameters[id].values = values }
            set(normalization.scale, Array(repeating: 1, count: values.count))
            set(normalization.shift, values)
            set(normalization.mean, Array(repeating: 0, count: values.count))
            set(normalization.variance, Array(repeating: 1 - Float(normalization.epsilon), count: values.count))
            frozen.statistics.insert(next.name)
            return true
        }
        if let bias { model.network.parameters[bias].values = values }
        return bias != nil || values.allSatisfy { $0 == 0 }
    }
}

extension TrainableDetector.Initialization {
    /// Takes a parameter over as it is.
    fileprivate mutating func take(_ values: [Float], _ id: ParameterID, _ description: ParameterDescription) {
        detector.model.network.parameters[id].values = values
        if description.role == .weight { taken.append(description.layer) }
        if description.role == .normalizationVariance { normalizations.append(description.layer) }
    }

    /// Sees a photo as what was taken did, where that is float for float; the size of the input stays.
    public mutating func takePreprocessing(_ preprocessing: Preprocessing) {
        guard !taken.isEmpty, case .affine = preprocessing.normalization else { return }
        detector.model.preprocessing.channelOrder = preprocessing.channelOrder
        detector.model.preprocessing.normalization = preprocessing.normalization
        detector.model.preprocessing.interpolation = preprocessing.interpolation
    }

    /// Takes the rows of heads that mean the same here and there.
    ///
    /// - Parameter find: The numbers of the other detector's convolution of a name.
    /// - Returns: the heads here, which are then done with.
    fileprivate mutating func takeHeads(
        of source: DetectionModel?, find: (String) -> TrainableDetector.Values?
    ) -> Set<String> {
        guard let heads = DetectorHeads(detector.model) else { return [] }
        let names = Set(heads.maps.flatMap { [$0.locations, $0.scores] })
        guard let source, let others = DetectorHeads(source) else { return names }
        for map in heads.maps.indices {
            guard let otherMap = heads.counterpart(ofMap: map, in: others) else { continue }
            for kind in [DetectorHeads.Kind.locations, .scores] {
                let channels = heads.channels(of: kind, ofMap: map, in: others, otherMap)
                let name = heads.layer(kind, ofMap: map)
                guard channels.contains(where: { $0 != nil }), let values = find(others.layer(kind, ofMap: otherMap)),
                    takeRows(channels, of: name, from: values)
                else { continue }
                if channels.contains(nil) { partial.append(name) } else { taken.append(name) }
                guard kind == .scores, classes.isEmpty else { continue }
                classes = detector.model.labels.names.compactMap { $0 }.filter { heads.shares($0, with: others) }
            }
        }
        return names
    }

    /// Takes rows of a convolution: for each output channel, that of `values`, or none.
    ///
    /// - Returns: whether there are such rows of as many numbers.
    private mutating func takeRows(_ channels: [Int?], of layer: String, from values: TrainableDetector.Values) -> Bool
    {
        let network = detector.model.network
        for case let .convolution(convolution) in network.layers.lazy.filter({ $0.name == layer }).map(\.operation) {
            guard case .float32(let weights, let bias?) = convolution.parameters else { return false }
            var (kernel, offsets) = (network.parameters[weights].values, network.parameters[bias].values)
            let shape = network.parameters[weights].shape
            let size = shape.dropFirst().reduce(1, *)
            guard shape.dropFirst() == values.shape.dropFirst(), shape[0] == channels.count,
                channels.allSatisfy({ $0 ?? 0 < values.shape[0] }), values.bias.count == values.shape[0]
            else { return false }
            for (channel, other) in channels.enumerated() {
                guard let other else { continue }
                kernel.replaceSubrange(
                    channel * size..<(channel + 1) * size, with: values.weights[other * size..<(other + 1) * size])
                offsets[channel] = values.bias[other]
            }
            detector.model.network.parameters[weights].values = kernel
            detector.model.network.parameters[bias].values = offsets
            return true
        }
        return false
    }
}
