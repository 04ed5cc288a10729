import Platform

/// How 8-bit channels become a network's numbers: value · scale + bias, for each channel.
public struct PixelNormalization: Sendable, Hashable {
    /// The order in which the channels are written.
    public var order: ChannelOrder
    /// Factors, in the order in which the channels are written.
    public var scale: SIMD3<Float>
    /// Summands, in the order in which the channels are written.
    public var bias: SIMD3<Float>

    /// Channels in `order`, each value · `scale` + `bias`.
    public init(order: ChannelOrder, scale: SIMD3<Float>, bias: SIMD3<Float>) {
        self.order = order
        self.scale = scale
        self.bias = bias
    }

    /// (value − `mean`) / `deviation` for each channel, in the order written: how papers state it.
    public init(order: ChannelOrder, mean: SIMD3<Float>, deviation: SIMD3<Float>) {
        self.init(order: order, scale: 1 / deviation, bias: -mean / deviation)
    }
}
