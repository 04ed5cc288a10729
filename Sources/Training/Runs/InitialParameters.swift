import Networks

/// The parameters of a network before training: weights normally distributed about 0, so that a rectified layer keeps the
/// spread of what goes through it (He et al. 2015, arXiv 1502.01852), normalizations that change nothing, no biases.
///
/// Each parameter has a stream of random numbers of its own, by the order in which they are asked for.
public struct InitialParameters: ParameterSource, Sendable {
    private let seed: UInt64
    private var count = 0

    /// The parameters that follow from a seed.
    public init(seed: UInt64) { self.seed = seed }

    /// The values of the next parameter; there is none that it does not have.
    public mutating func values(of parameter: ParameterDescription) -> [Float] {
        var random = RandomStream(seed: seed, count)
        count += 1
        switch parameter.role {
        case .weight:
            let deviation = parameter.initialDeviation ?? (2 / Float(parameter.fanIn)).squareRoot()
            return (0..<parameter.count).map { _ in random.normal() * deviation }
        case .bias, .normalizationShift, .normalizationMean: return [Float](repeating: 0, count: parameter.count)
        case .normalizationScale, .normalizationVariance: return [Float](repeating: 1, count: parameter.count)
        case .channelwise(_, let initial): return [Float](repeating: initial, count: parameter.count)
        // As in the paper (arXiv 1512.02325, section 3.1).
        case .l2Scale: return [Float](repeating: 20, count: parameter.count)
        }
    }
}
