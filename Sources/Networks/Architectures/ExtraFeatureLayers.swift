/// The layers that SSD adds behind its backbone: pairs of a 1×1 layer that reduces the channels and a 3×3 one that
/// reduces the map; every pair's result is a source map.
struct ExtraFeatureLayers {
    /// One pair.
    struct Pair {
        /// The names of its two layers, or of the block where it is depthwise-separable.
        var names: [String]
        /// Channels after the 1×1 layer.
        var reduced: Int
        /// Channels of the source map.
        var output: Int
        /// The window that reduces the map.
        var window: Window
    }

    /// What the second layer is.
    enum Style {
        /// A convolution; all with bias and ReLU.
        case convolution
        /// A depthwise convolution and a 1×1 one; all with batch normalization and ReLU6.
        case separable
    }

    var pairs: [Pair]
    var style: Style

    func build(after input: TensorID, _ builder: inout SSDLayerBuilder) throws(NetworkError) {
        var x = input
        for pair in pairs {
            let one = Window(kernel: 1)
            switch style {
            case .convolution:
                x = try builder.convolution(x, pair.names[0], channels: pair.reduced, one, .relu)
                x = try builder.convolution(x, pair.names[1], channels: pair.output, pair.window, .relu)
            case .separable:
                let name = pair.names[0]
                x = try builder.normalizedConvolution(x, name + ".reduce", channels: pair.reduced, one, .relu6)
                x = try builder.normalizedDepthwise(x, name + ".depthwise", pair.window, .relu6)
                x = try builder.normalizedConvolution(x, name + ".expand", channels: pair.output, one, .relu6)
            }
            try builder.addSourceMap(x)
        }
    }
}

extension ExtraFeatureLayers {
    private static let halving = Window(kernel: 3, stride: 2, padding: 1)

    private static func pairs(_ rows: [(name: String, reduced: Int, output: Int, window: Window)]) -> [Pair] {
        rows.map {
            Pair(names: [$0.name + "_1", $0.name + "_2"], reduced: $0.reduced, output: $0.output, window: $0.window)
        }
    }

    /// SSD300's conv8 to conv11.
    static let ssd300 = ExtraFeatureLayers(
        pairs: pairs([
            ("conv8", 256, 512, halving), ("conv9", 128, 256, halving), ("conv10", 128, 256, Window(kernel: 3)),
            ("conv11", 128, 256, Window(kernel: 3)),
        ]), style: .convolution)

    /// SSD512's conv8 to conv12.
    static let ssd512 = ExtraFeatureLayers(
        pairs: pairs([
            ("conv8", 256, 512, halving), ("conv9", 128, 256, halving), ("conv10", 128, 256, halving),
            ("conv11", 128, 256, halving), ("conv12", 128, 256, Window(kernel: 4, padding: 1)),
        ]), style: .convolution)

    /// MobileNet-SSD's conv14 to conv17.
    static let mobileNetV1 = ExtraFeatureLayers(
        pairs: pairs([
            ("conv14", 256, 512, halving), ("conv15", 128, 256, halving), ("conv16", 128, 256, halving),
            ("conv17", 64, 128, halving),
        ]), style: .convolution)

    /// ssdlite320's four blocks.
    static let ssdlite320 = separable([512, 256, 256, 128])

    /// Four blocks behind MobileNetV2, narrower than ssdlite320's: with its last 1280 channels they would be as large as a
    /// quarter of the backbone.
    static func mobileNetV2(width: Double) -> ExtraFeatureLayers {
        separable([256, 256, 128, 128].map { Int(Double($0) * width) })
    }

    private static func separable(_ channels: [Int]) -> ExtraFeatureLayers {
        ExtraFeatureLayers(
            pairs: channels.enumerated().map {
                Pair(names: ["extra\($0 + 1)"], reduced: $1 / 2, output: $1, window: halving)
            }, style: .separable)
    }
}
