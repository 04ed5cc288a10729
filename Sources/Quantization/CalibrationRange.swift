/// How the range of a tensor's bytes is chosen from the values that calibration saw. What lies outside is clamped, what
/// lies inside is rounded: a narrow range loses the first way, a wide one the second.
public enum CalibrationRange: String, Sendable, CaseIterable {
    /// All but one value in 10 000 at each end (Wu et al., arXiv 2004.09602, section 6).
    case percentile
    /// The range whose bytes tell most about the values: the least Kullback–Leibler divergence of the rounded
    /// distribution from the clamped one (Migacz, "8-bit inference with TensorRT", GTC 2017).
    case entropy
    /// All values.
    case minmax
}
