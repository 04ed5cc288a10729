import Platform

/// Parameters made by a formula, for an architecture without its weights: to measure speed, never to detect.
///
/// Each value depends on its parameter's name and its index alone: with s the FNV-1a hash of the name, value i is
/// lower + (upper − lower) · u, u being the first 24 bits of number i of SplitMix64 from s. The bounds keep the size of
/// activations about the same from layer to layer (He et al., arXiv 1502.01852), so that no arithmetic degenerates.
public struct SyntheticParameters: ParameterSource, Sendable {
    /// The generator; it has no state.
    public init() {}

    /// The values of a parameter; there is none that it does not have.
    public func values(of parameter: ParameterDescription) -> [Float] {
        let (lower, upper) = Self.bounds(of: parameter)
        let seed = parameter.name.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        let width = (upper - lower) / Float(1 << 24)
        return [Float](unsafeUninitializedCapacity: parameter.count) { buffer, count in
            var generator = SplitMix64(seed: seed)
            for index in buffer.indices {
                buffer.initializeElement(at: index, to: lower + Float(generator.next() >> 40) * width)
            }
            count = buffer.count
        }
    }

    private static func bounds(of parameter: ParameterDescription) -> (lower: Float, upper: Float) {
        switch parameter.role {
        case .weight:
            let bound = (6 / Float(parameter.fanIn)).squareRoot()
            return (-bound, bound)
        case .bias, .normalizationShift, .normalizationMean: return (-0.1, 0.1)
        case .l2Scale: return (15, 25)
        case .normalizationScale, .normalizationVariance: return (0.5, 1.5)
        case .channelwise(_, let initial): return (min(initial / 2, initial * 2), max(initial / 2, initial * 2))
        }
    }
}
