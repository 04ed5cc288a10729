/// MobileNetV2 (arXiv 1801.04381, table 2) without its classifier. Source maps are the expansion of the first block of
/// stride 32, which still has a stride of 16, and the last 1×1 layer (section 6.2).
struct MobileNetV2Backbone: Backbone {
    /// What every number of channels is multiplied by; the last layer's does not fall below that of 1.
    var width: Double
    /// Whether there is a source map of stride 8 too: the expansion of the first block of stride 16, to which what the last
    /// block of that stride knows is added from above, as in a feature pyramid (arXiv 1612.03144, section 3): a map so early
    /// knows edges better than objects.
    var hasFineMap = false

    /// The paper's table: expansion, channels, blocks, stride of the first of them.
    private static let stages: [(expansion: Int, channels: Int, blocks: Int, stride: Int)] = [
        (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
    ]
    /// The block, counted from 1, whose expansion is a source map: the last that halves the resolution.
    private static let tappedBlock = 14
    /// The same of stride 8.
    private static let fineBlock = 7
    private static let lastChannels = 1280

    func build(_ builder: inout SSDLayerBuilder) throws(NetworkError) -> TensorID {
        func scaled(_ channels: Int) -> Int {
            // Rounded as by whoever published the weights: to whole channels first.
            InvertedResidual.wholeEights(Int(Double(channels) * width))
        }
        var x = try builder.normalizedConvolution(
            builder.network.inputTensor, "conv1", channels: scaled(32), Window(kernel: 3, stride: 2, padding: 1), .relu6
        )
        var (number, fine) = (0, TensorID?.none)
        for stage in Self.stages {
            for block in 0..<stage.blocks {
                number += 1
                let block = InvertedResidual(
                    expanded: builder.network[x].shape.channels * stage.expansion, output: scaled(stage.channels),
                    activation: .relu6, stride: block == 0 ? stage.stride : 1)
                if number == Self.tappedBlock, let fine {
                    try builder.addSourceMap(try merge(x, into: fine, &builder))
                }
                let expansion = try block.expand(x, "bneck\(number)", &builder)
                if number == Self.fineBlock, hasFineMap { fine = expansion }
                if number == Self.tappedBlock { try builder.addSourceMap(expansion) }
                x = try block.reduce(expansion, of: x, "bneck\(number)", &builder)
            }
        }
        let last = max(Self.lastChannels, scaled(Self.lastChannels))
        x = try builder.normalizedConvolution(x, "conv2", channels: last, Window(kernel: 1), .relu6)
        try builder.addSourceMap(x)
        return x
    }

    /// The sum of a map and of one of half its resolution, brought to its channels and size.
    private func merge(
        _ coarse: TensorID, into fine: TensorID, _ builder: inout SSDLayerBuilder
    ) throws(NetworkError) -> TensorID {
        let shape = builder.network[fine].shape
        let lateral = try builder.normalizedConvolution(
            coarse, "lateral", channels: shape.channels, Window(kernel: 1), .none)
        let enlarged = try builder.enlargement(lateral, height: shape.height, width: shape.width, "lateral.enlarged")
        return try builder.add(fine, enlarged, "fine")
    }
}
