/// MobileNetV3-Large (arXiv 1905.02244, table 1) with the tail reduced for detection (section 6.3): the channels from the
/// last stride on are halved. Source maps are the expansion of the first block of stride 32 and the last 1×1 layer.
struct MobileNetV3Backbone: Backbone {
    /// The paper's table.
    private static let blocks: [InvertedResidual] = [
        InvertedResidual(kernel: 3, expanded: 16, output: 16, excites: false, activation: .relu, stride: 1),
        InvertedResidual(kernel: 3, expanded: 64, output: 24, excites: false, activation: .relu, stride: 2),
        InvertedResidual(kernel: 3, expanded: 72, output: 24, excites: false, activation: .relu, stride: 1),
        InvertedResidual(kernel: 5, expanded: 72, output: 40, excites: true, activation: .relu, stride: 2),
        InvertedResidual(kernel: 5, expanded: 120, output: 40, excites: true, activation: .relu, stride: 1),
        InvertedResidual(kernel: 5, expanded: 120, output: 40, excites: true, activation: .relu, stride: 1),
        InvertedResidual(kernel: 3, expanded: 240, output: 80, excites: false, activation: .hardSwish, stride: 2),
        InvertedResidual(kernel: 3, expanded: 200, output: 80, excites: false, activation: .hardSwish, stride: 1),
        InvertedResidual(kernel: 3, expanded: 184, output: 80, excites: false, activation: .hardSwish, stride: 1),
        InvertedResidual(kernel: 3, expanded: 184, output: 80, excites: false, activation: .hardSwish, stride: 1),
        InvertedResidual(kernel: 3, expanded: 480, output: 112, excites: true, activation: .hardSwish, stride: 1),
        InvertedResidual(kernel: 3, expanded: 672, output: 112, excites: true, activation: .hardSwish, stride: 1),
        InvertedResidual(kernel: 5, expanded: 672, output: 80, excites: true, activation: .hardSwish, stride: 2),
        InvertedResidual(kernel: 5, expanded: 480, output: 80, excites: true, activation: .hardSwish, stride: 1),
        InvertedResidual(kernel: 5, expanded: 480, output: 80, excites: true, activation: .hardSwish, stride: 1),
    ]

    /// The block, counted from 1, whose expansion is a source map: the last that halves the resolution.
    private static let tappedBlock = 13

    func build(_ builder: inout SSDLayerBuilder) throws(NetworkError) -> TensorID {
        var x = try builder.normalizedConvolution(
            builder.network.inputTensor, "conv1", channels: 16, Window(kernel: 3, stride: 2, padding: 1), .hardSwish)
        for (index, block) in Self.blocks.enumerated() {
            let number = index + 1
            let expansion = try block.expand(x, "bneck\(number)", &builder)
            if number == Self.tappedBlock { try builder.addSourceMap(expansion) }
            x = try block.reduce(expansion, of: x, "bneck\(number)", &builder)
        }
        x = try builder.normalizedConvolution(x, "conv2", channels: 480, Window(kernel: 1), .hardSwish)
        try builder.addSourceMap(x)
        return x
    }
}
