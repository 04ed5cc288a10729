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

    /// Adds the layer to more channels; its map, which may be a source map too, is where the block goes on.
    func expand(
        _ input: TensorID, _ name: String, _ builder: inout SSDLayerBuilder
    ) throws(NetworkError) -> TensorID {
        guard expanded != builder.network[input].shape.channels else { return input }
        return try builder.normalizedConvolution(
            input, name + ".expand", channels: expanded, Window(kernel: 1), activation)
    }

    /// Adds what follows the expansion of `input`.
    func reduce(
        _ expansion: TensorID, of input: TensorID, _ name: String, _ builder: inout SSDLayerBuilder
    ) throws(NetworkError) -> TensorID {
        var x = try builder.normalizedDepthwise(
            expansion, name + ".depthwise", Window(kernel: kernel, stride: stride, padding: kernel / 2), activation)
        if excites {
            x = try builder.squeezeExcitation(x, name, squeezedChannels: Self.wholeEights(expanded / 4))
        }
        x = try builder.normalizedConvolution(x, name + ".project", channels: output, Window(kernel: 1), .none)
        guard stride == 1, output == builder.network[input].shape.channels else { return x }
        return try builder.add(x, input, name + ".residual")
    }

    /// A number of channels rounded to a multiple of eight, but never down by more than a tenth.
    static func wholeEights(_ channels: Int) -> Int {
        let rounded = max(8, (channels + 4) / 8 * 8)
        return rounded * 10 < channels * 9 ? rounded + 8 : rounded
    }
}
