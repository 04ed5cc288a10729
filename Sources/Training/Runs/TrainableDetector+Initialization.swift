import ModelFiles
import MultiBox
import Networks

/// Beginning with the weights of a detector that was trained before.
extension TrainableDetector {
    /// What a detector gave another to begin with.
    public struct Initialization: Sendable {
        /// The detector, with the statistics of the layers that were taken fixed.
        public var detector: TrainableDetector
        /// Its first parameters.
        public var parameters: [TrainingParameter]
        /// The convolutions that were taken, and all that there are.
        public var taken: [String], convolutions: Int
    }

    /// Takes over the convolutions of a model that have the name and the shape of one here.
    ///
    /// A model for inference has batch normalization folded into its convolutions. Such a convolution is taken with the
    /// normalization after it as one that does nothing at first: scale 1, the convolution's bias as shift, mean 0 and
    /// variance 1, fixed, as is usual for fine-tuning on few photos, whose own statistics would be poor. Heads are taken
    /// only for the same classes or, those of the locations, the same default boxes.
    ///
    /// - Parameter seed: What the weights of all other layers follow from.
    public func initialized(from model: DetectionModel, seed: UInt64) -> Initialization {
        var found: [String: (weights: [Float], bias: [Float])] = [:]
        for layer in model.network.layers {
            guard case .convolution(let convolution) = layer.operation,
                case .float32(let weights, let bias) = convolution.parameters
            else { continue }
            let parameters = model.network.parameters
            found[layer.name] = (parameters.values(weights), parameters.values(bias))
        }
        let hasSameLabels = model.labels == labels
        let hasSameBoxes = model.defaultBoxes == .generated(defaultBoxes) && model.coder == coder
        var parameters = graph.initialParameters(seed: seed)
        let indices = Dictionary(parameters.indices.map { (parameters[$0].name, $0) }) { first, _ in first }
        var taken: [String] = []
        var fixed: Set<String> = []
        let convolutions = graph.convolutions
        for convolution in convolutions {
            guard let source = found[convolution.name], let weights = indices[convolution.name + ".weight"],
                parameters[weights].values.count == source.weights.count
            else { continue }
            switch convolution.head {
            case .scores? where !(hasSameLabels && hasSameBoxes): continue
            case .locations? where !hasSameBoxes: continue
            default: break
            }
            let channels = convolution.channels
            let bias = source.bias.isEmpty ? [Float](repeating: 0, count: channels) : source.bias
            guard bias.count == channels else { continue }
            if let normalization = convolution.normalization {
                guard let scale = indices[normalization.name + ".scale"],
                    let shift = indices[normalization.name + ".shift"],
                    let mean = indices[normalization.name + ".mean"],
                    let variance = indices[normalization.name + ".variance"]
                else { continue }
                parameters[scale].values = Array(repeating: 1, count: channels)
                parameters[shift].values = bias
                parameters[mean].values = Array(repeating: 0, count: channels)
                parameters[variance].values = Array(repeating: 1 - normalization.epsilon, count: channels)
                fixed.insert(normalization.name)
            } else if let index = indices[convolution.name + ".bias"] {
                parameters[index].values = bias
            } else if !source.bias.allSatisfy({ $0 == 0 }) {
                continue
            }
            parameters[weights].values = source.weights
            taken.append(convolution.name)
        }
        var detector = self
        detector.graph = graph.fixingStatistics(of: fixed)
        return Initialization(
            detector: detector, parameters: parameters, taken: taken, convolutions: convolutions.count)
    }
}
