/// Batch normalization of each channel, y = γ · (x − μ) / √(σ² + ε) + β (Ioffe and Szegedy 2015, arXiv 1502.03167).
///
/// Inference takes μ and σ² from the running statistics; training takes those of its batch, which move the running ones.
public struct BatchNormalization: Sendable, Hashable {
    /// γ, one a channel.
    public var scale: ParameterID
    /// β, one a channel.
    public var shift: ParameterID
    /// The running mean μ, one a channel.
    public var mean: ParameterID
    /// The running variance σ², one a channel.
    public var variance: ParameterID
    /// ε; positive.
    public var epsilon: Double
    /// The share of the running statistics that each batch of training replaces, 0 to 1.
    public var momentum: Float
}
