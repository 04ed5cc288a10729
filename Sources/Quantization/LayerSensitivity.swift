/// What a detector's outputs lose when one of its convolutions computes in bytes, and the others in floats.
public struct LayerSensitivity: Sendable, Hashable {
    /// The convolution's name.
    public let layer: String
    /// The mean square of what the outputs are off by over the mean square of what they are, locations and scores added up;
    /// the mean of the photos. Infinite if outputs are no numbers any more.
    public let noise: Double
    /// The share of the network's multiply-adds that the convolution does, 0...1.
    public let cost: Double
}
