/// MobileNetV3-Large (arXiv 1905.02244, table 1) with the tail reduced for detection (section 6.3): the channels from the
/// last stride on are halved. Source maps are the expansion of the first block of stride 32 and the last 1×1 layer.
struct MobileNetV3Backbone: Backbone {
    /// One row of the paper's table: an inverted residual block.
    private struct Block {
        var kernel: Int
        var expanded: Int
        var output: Int
        var excites: Bool
        var activation: Activation
        var stride: Int
    }

    private static let blocks: [Block] = [
        Block(kernel: 3, expanded: 16, output: 16, excites: false, activation: .relu, stride: 1),
        Block(kernel: 3, expanded: 64, output: 24, excites: false, activation: .relu, stride: 2),
        Block(kernel: 3, expanded: 72, output: 24, excites: false, activation: .relu, stride: 1),
        Block(kernel: 5, expanded: 72, output: 40, excites: true, activation: .relu, stride: 2),
        Block(kernel: 5, expanded: 120, output: 40, excites: true, activation: .relu, stride: 1),
        Block(kernel: 5, expanded: 120, output: 40, excites: true, activation: .relu, stride: 1),
        Block(kernel: 3, expanded: 240, output: 80, excites: false, activation: .hardSwish, stride: 2),
        Block(kernel: 3, expanded: 200, output: 80, excites: false, activation: .hardSwish, stride: 1),
        Block(kernel: 3, expanded: 184, output: 80, excites: false, activation: .hardSwish, stride: 1),
        Block(kernel: 3, expanded: 184, output: 80, excites: false, activation: .hardSwish, stride: 1),
        Block(kernel: 3, expanded: 480, output: 112, excites: true, activation: .hardSwish, stride: 1),
        Block(kernel: 3, expanded: 672, output: 112, excites: true, activation: .hardSwish, stride: 1),
        Block(kernel: 5, expanded: 672, output: 80, excites: true, activation: .hardSwish, stride: 2),
        Block(kernel: 5, expanded: 480, output: 80, excites: true, activation: .hardSwish, stride: 1),
        Block(kernel: 5, expanded: 480, output: 80, excites: true, activation: .hardSwish, stride: 1),
    ]

    /// The block, counted from 1, whose expansion is a source map: the last that halves the resolution.
    private static let tappedBlock = 13

    func build(_ builder: inout SSDLayerBuilder) throws(NetworkError) -> TensorID {
        var x = try builder.normalizedConvolution(
            builder.network.inputTensor, "conv1", channels: 16, Window(kernel: 3, stride: 2, padding: 1), .hardSwish)
        for (index, block) in Self.blocks.enumerated() {
            x = try add(block, number: index + 1, after: x, &builder)
        }
        x = try builder.normalizedConvolution(x, "conv2", channels: 480, Window(kernel: 1), .hardSwish)
        try builder.addSourceMap(x)
        return x
    }

    private func add(
        _ block: Block, number: Int, after input: TensorID, _ builder: inout SSDLayerBuilder
    ) throws(NetworkError) -> TensorID {
        let name = "bneck\(number)"
        let inputChannels = builder.network[input].shape.channels
        var x = input
        if block.expanded != inputChannels {
            x = try builder.normalizedConvolution(
                x, name + ".expand", channels: block.expanded, Window(kernel: 1), block.activation)
        }
        if number == Self.tappedBlock { try builder.addSourceMap(x) }
        x = try builder.normalizedDepthwise(
            x, name + ".depthwise", Window(kernel: block.kernel, stride: block.stride, padding: block.kernel / 2),
            block.activation)
        if block.excites {
            // A quarter of the channels, rounded to a multiple of eight but never down by more than a tenth.
            let quarter = block.expanded / 4
            let rounded = max(8, (quarter + 4) / 8 * 8)
            let squeezed = rounded * 10 < quarter * 9 ? rounded + 8 : rounded
            x = try builder.squeezeExcitation(x, name, squeezedChannels: squeezed)
        }
        x = try builder.normalizedConvolution(
            x, name + ".project", channels: block.output, Window(kernel: 1), .none)
        guard block.stride == 1, block.output == inputChannels else { return x }
        return try builder.add(x, input, name + ".residual")
    }
}
