import MultiBox
import Networks

/// Beginning with the weights of a detector that was trained before.
extension TrainableDetector {
    /// What a detector gave another to begin with.
    public struct Initialization: Sendable {
        /// The detector with what was taken, the statistics of those layers fixed.
        public var detector: TrainableDetector
        /// The convolutions that were taken, and all that there are.
        public var taken: [String], convolutions: Int
        /// The batch normalizations of which statistics were taken.
        public var normalizations: [String] = []
    }

    /// What a convolution that ends in an output is for.
    private enum Head {
        case locations
        case scores
    }

    /// Takes over the convolutions of a model that have the name and the shape of one here.
    ///
    /// A model for inference has batch normalization folded into its convolutions. Such a convolution is taken with the
    /// normalization after it as one that does nothing at first: scale 1, the convolution's bias as shift, mean 0 and
    /// variance 1, fixed, as is usual for fine-tuning on few photos, whose own statistics would be poor. Heads are taken
    /// only for the same classes or, those of the locations, the same default boxes.
    ///
    /// - Throws: if the network of the model cannot be folded, which a valid one always can.
    public func initialized(from source: DetectionModel) throws(NetworkError) -> Initialization {
        let sources = Self.convolutions(of: try source.network.foldingBatchNormalization())
        let hasSameLabels = source.labels == model.labels
        let hasSameBoxes = source.defaultBoxes == model.defaultBoxes && source.coder == model.coder
        let heads = heads
        var result = Initialization(detector: self, taken: [], convolutions: 0)
        for layer in model.network.layers {
            guard case .convolution(let convolution) = layer.operation,
                case .float32(let weights, let bias) = convolution.parameters
            else { continue }
            result.convolutions += 1
            switch heads[layer.output] {
            case .scores? where !(hasSameLabels && hasSameBoxes): continue
            case .locations? where !hasSameBoxes: continue
            default: break
            }
            guard let values = sources[layer.name],
                values.weights.count == model.network.parameters[weights].values.count,
                result.detector.take(convolution.filled(values.bias), of: layer, bias)
            else { continue }
            result.detector.model.network.parameters[weights].values = values.weights
            result.taken.append(layer.name)
        }
        return result
    }

    /// Takes over the parameters of another run as they are at last or, where there is one, their running average: those that
    /// have the name and the shape of one here.
    ///
    /// - Parameter takesHeads: Whether its classes and default boxes are those here.
    public func initialized(from state: TrainingState, takesHeads: Bool) -> Initialization {
        var result = Initialization(detector: self, taken: [], convolutions: 0)
        let parameters = Dictionary(state.bestParameters.map { ($0.name, $0) }) { first, _ in first }
        var kept: Set<String> = []
        for layer in model.network.layers {
            guard case .convolution = layer.operation else { continue }
            result.convolutions += 1
            if heads[layer.output] != nil, !takesHeads { kept.insert(layer.name) }
        }
        for id in model.network.parameters.ids {
            let description = model.network.parameters[id].description
            guard let parameter = parameters[description.name], parameter.shape == description.shape,
                !kept.contains(description.layer)
            else { continue }
            result.detector.model.network.parameters[id].values = parameter.values
            if description.role == .weight { result.taken.append(description.layer) }
            if description.role == .normalizationVariance { result.normalizations.append(description.layer) }
        }
        return result
    }

    /// Takes over the layers before the heads from an image classifier, batch normalization and its statistics with them.
    ///
    /// - Parameter source: Its parameters, by the names of the layers here.
    /// - Throws: that a parameter has another shape than here, as of another width.
    public func initialized(fromBackbone source: any ParameterSource) throws(NetworkError) -> Initialization {
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
            result.detector.model.network.parameters[id].values = values
            if description.role == .weight { result.taken.append(description.layer) }
            if description.role == .normalizationVariance { result.normalizations.append(description.layer) }
        }
        return result
    }

    /// The float convolutions of a network, by name.
    private static func convolutions(of network: Network) -> [String: (weights: [Float], bias: [Float])] {
        var found: [String: (weights: [Float], bias: [Float])] = [:]
        for layer in network.layers {
            guard case .convolution(let convolution) = layer.operation,
                case .float32(let weights, let bias) = convolution.parameters
            else { continue }
            found[layer.name] = (network.parameters.values(weights), network.parameters.values(bias))
        }
        return found
    }

    /// Which output each tensor ends in, through reshapes and joins alone.
    private var heads: [TensorID: Head] {
        var heads: [TensorID: Head] = [model.locations: .locations, model.scores: .scores]
        for layer in model.network.layers.reversed() {
            guard let head = heads[layer.output] else { continue }
            switch layer.operation {
            case .reshape, .concatenation: for input in layer.inputs { heads[input] = head }
            default: continue
            }
        }
        return heads
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
