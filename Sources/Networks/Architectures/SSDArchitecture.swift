/// The SSD networks that are built in.
public enum SSDArchitecture: String, Sendable, Hashable, CaseIterable {
    /// SSD300 on VGG16 (arXiv 1512.02325).
    case ssd300VGG16 = "ssd300-vgg16"
    /// SSD512 on VGG16 (arXiv 1512.02325).
    case ssd512VGG16 = "ssd512-vgg16"
    /// SSDLite on MobileNetV3-Large at 320×320 (arXiv 1905.02244), as torchvision has it.
    case ssdlite320MobileNetV3 = "ssdlite320-mobilenetv3"
    /// SSD300 on MobileNet: chuanqi305's MobileNet-SSD.
    case mobileNetV1SSD300 = "mobilenetv1-ssd300"

    /// What follows each source map.
    enum Head {
        /// One convolution with a square kernel.
        case convolution(kernel: Int)
        /// A depthwise 3×3 convolution with batch normalization and ReLU6, then a 1×1 convolution.
        case separable
    }

    var backbone: any Backbone {
        switch self {
        case .ssd300VGG16, .ssd512VGG16: VGG16Backbone()
        case .ssdlite320MobileNetV3: MobileNetV3Backbone()
        case .mobileNetV1SSD300: MobileNetV1Backbone()
        }
    }

    var extraLayers: ExtraFeatureLayers {
        switch self {
        case .ssd300VGG16: .ssd300
        case .ssd512VGG16: .ssd512
        case .ssdlite320MobileNetV3: .ssdlite320
        case .mobileNetV1SSD300: .mobileNetV1
        }
    }

    var head: Head {
        switch self {
        case .ssd300VGG16, .ssd512VGG16: .convolution(kernel: 3)
        case .ssdlite320MobileNetV3: .separable
        case .mobileNetV1SSD300: .convolution(kernel: 1)
        }
    }
}
