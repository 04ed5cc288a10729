/// The scales of a convolution's 8-bit weights, one for each output channel: a weight is a whole number from −127 to 127
/// times its channel's (Krishnamoorthi, arXiv 1806.08342, section 2.3: symmetric, per channel).
package struct ChannelScales {
    /// For each output channel, what 1 stands for; positive.
    package let values: [Float]
    /// Whether the weights of an output channel lie together, as in a dense kernel; else channels are innermost.
    private let isDense: Bool
    private let terms: Int

    /// The scales at which the largest weight of each channel is 127.
    ///
    /// - Parameters:
    ///   - weights: Those of a dense kernel, `[output channels, …]`, or of a depthwise one, `[…, channels]`.
    ///   - least: For each channel, what its scale is at least.
    package init(_ weights: [Float], channels: Int, isDense: Bool, least: (Int) -> Float = { _ in 0 }) {
        self.isDense = isDense
        terms = weights.count / channels
        var largest = [Float](repeating: 0, count: channels)
        for index in weights.indices {
            let channel = isDense ? index / terms : index % channels
            largest[channel] = max(largest[channel], weights[index].magnitude)
        }
        values = largest.indices.map { max(largest[$0] / 127, least($0), 1e-30) }
    }

    private func scale(_ index: Int) -> Float { values[isDense ? index / terms : index % values.count] }

    private static func whole(_ weight: Float, _ scale: Float) -> Float {
        min(max((weight / scale).rounded(), -127), 127)
    }

    /// The weights as bytes.
    ///
    /// - Parameter weights: As many as the scales were made of; finite.
    package func quantized(_ weights: [Float]) -> [Int8] {
        weights.indices.map { Int8(Self.whole(weights[$0], scale($0))) }
    }

    /// The weights that the bytes stand for.
    package func rounded(_ weights: [Float]) -> [Float] {
        weights.indices.map { Self.whole(weights[$0], scale($0)) * scale($0) }
    }
}
