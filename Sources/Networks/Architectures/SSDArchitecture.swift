/// The SSD networks that are built in.
public enum SSDArchitecture: String, Sendable, Hashable, CaseIterable {
    /// SSD300 on VGG16 (arXiv 1512.02325).
    case ssd300VGG16 = "ssd300-vgg16"
    /// SSD512 on VGG16 (arXiv 1512.02325).
    case ssd512VGG16 = "ssd512-vgg16"
    /// SSDLite on MobileNetV3-Large at 320×320 (arXiv 1905.02244), as torchvision has it.
    case ssdlite320MobileNetV3 = "ssdlite320-mobilenetv3"
    /// SSDLite on MobileNetV2 (arXiv 1801.04381, section 6.2).
    case ssdliteMobileNetV2 = "ssdlite-mobilenetv2"
    /// SSDLite on MobileNetV2 of half the channels.
    case ssdliteMobileNetV2Half = "ssdlite-mobilenetv2-0.5"
    /// SSDLite on MobileNetV2 with a finer source map more, for small objects.
    case ssdliteMobileNetV2FPN = "ssdlite-mobilenetv2-fpn"
    /// SSD300 on MobileNet: chuanqi305's MobileNet-SSD.
    case mobileNetV1SSD300 = "mobilenetv1-ssd300"
    /// A small SSD300 of ours, which `multibox train` trains from scratch.
    case smallSSD300 = "small-ssd300"

    /// What follows each source map.
    enum Head {
        /// One convolution with a square kernel.
        case convolution(kernel: Int)
        /// A depthwise 3×3 convolution with batch normalization and ReLU6, then a 1×1 convolution.
        case separable
    }

    /// Whether there is a source map more before those of its kin, of twice the resolution, for small objects.
    public var hasFineMap: Bool { self == .ssdliteMobileNetV2FPN }

    var backbone: any Backbone {
        switch self {
        case .ssd300VGG16, .ssd512VGG16: VGG16Backbone()
        case .ssdlite320MobileNetV3: MobileNetV3Backbone()
        case .ssdliteMobileNetV2, .ssdliteMobileNetV2FPN: MobileNetV2Backbone(width: 1, hasFineMap: hasFineMap)
        case .ssdliteMobileNetV2Half: MobileNetV2Backbone(width: 0.5)
        case .mobileNetV1SSD300: MobileNetV1Backbone()
        case .smallSSD300: SmallSSD300Backbone()
        }
    }

    /// The layers behind the backbone; nil where it has them.
    var extraLayers: ExtraFeatureLayers? {
        switch self {
        case .ssd300VGG16: .ssd300
        case .ssd512VGG16: .ssd512
        case .ssdlite320MobileNetV3: .ssdlite320
        case .ssdliteMobileNetV2, .ssdliteMobileNetV2FPN: .mobileNetV2(width: 1)
        case .ssdliteMobileNetV2Half: .mobileNetV2(width: 0.5)
        case .mobileNetV1SSD300: .mobileNetV1
        case .smallSSD300: nil
        }
    }

    var head: Head {
        switch self {
        case .ssd300VGG16, .ssd512VGG16, .smallSSD300: .convolution(kernel: 3)
        case .ssdlite320MobileNetV3, .ssdliteMobileNetV2, .ssdliteMobileNetV2Half, .ssdliteMobileNetV2FPN: .separable
        case .mobileNetV1SSD300: .convolution(kernel: 1)
        }
    }

    /// What batch normalization adds to the variance in the backbone: that with which published weights were trained.
    var normalizationEpsilon: Double {
        switch self {
        case .ssdliteMobileNetV2, .ssdliteMobileNetV2Half, .ssdliteMobileNetV2FPN: 1e-5
        default: Self.addedNormalizationEpsilon
        }
    }

    /// The same in the layers that a detector adds. On maps of a few pixels variances are small, and their inverses, which
    /// gradients are multiplied by, are to have a bound.
    static let addedNormalizationEpsilon = 1e-3

    /// The names of the heads of source map `index`, which has so many rows of cells.
    func headNames(ofMap index: Int, rows: Int) -> (locations: String, scores: String) {
        switch self {
        case .smallSSD300: ("locations\(rows)", "scores\(rows)")
        // Maps that it shares with the one without keep their names there, and with them their weights.
        case _ where hasFineMap:
            index == 0 ? ("loc.fine", "conf.fine") : ("loc.\(index - 1)", "conf.\(index - 1)")
        default: ("loc.\(index)", "conf.\(index)")
        }
    }
}
