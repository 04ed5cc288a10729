/// The block that MobileNetV2 and V3 are made of (arXiv 1801.04381, section 3.3): a 1×1 layer to more channels, a depthwise
/// one, perhaps squeeze-and-excitation, and a 1×1 layer without activation to few channels; with the input added where the
/// sizes are equal.
struct InvertedResidual {
    var kernel = 3
    /// Channels in between; where they are those of the input, there is no expansion.
    var expanded: Int
    /// Channels of the result.
    var output: Int
    var excites = false
    var activation: Activation
    var stride: Int

    /// Adds the block.
    ///
    /// - Parameter tapsExpansion: Whether the expanded map is a source map too.
    func build(
        after input: TensorID, _ name: String, tapsExpansion: Bool, _ builder: inout SSDLayerBuilder
    ) throws(NetworkError) -> TensorID {
        let inputChannels = builder.network[input].shape.channels
        var x = input
        if expanded != inputChannels {
            x = try builder.normalizedConvolution(
                x, name + ".expand", channels: expanded, Window(kernel: 1), activation)
        }
        if tapsExpansion { try builder.addSourceMap(x) }
        x = try builder.normalizedDepthwise(
            x, name + ".depthwise", Window(kernel: kernel, stride: stride, padding: kernel / 2), activation)
        if excites {
            x = try builder.squeezeExcitation(x, name, squeezedChannels: Self.wholeEights(expanded / 4))
        }
        x = try builder.normalizedConvolution(x, name + ".project", channels: output, Window(kernel: 1), .none)
        guard stride == 1, output == inputChannels else { return x }
        return try builder.add(x, input, name + ".residual")
    }

    /// A number of channels rounded to a multiple of eight, but never down by more than a tenth.
    static func wholeEights(_ channels: Int) -> Int {
        let rounded = max(8, (channels + 4) / 8 * 8)
        return rounded * 10 < channels * 9 ? rounded + 8 : rounded
    }
}
