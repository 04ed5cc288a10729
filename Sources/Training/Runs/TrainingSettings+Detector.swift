import MultiBox
import Networks

extension TrainingSettings {
    /// The sides of the input that an architecture is made for, in pixels.
    public static func inputSizes(of architecture: SSDArchitecture) -> [Int] {
        switch architecture {
        case .ssdliteMobileNetV2, .ssdliteMobileNetV2Half: [300, 320]
        default: [SSDConfiguration.published(architecture).defaultBoxes.imageWidth]
        }
    }

    /// The number of sizes of default boxes that an architecture is asked for; 0 where they are the published ones.
    public static func boxSizeCount(of architecture: SSDArchitecture) -> Int {
        switch architecture {
        case .smallSSD300: SmallSSD300.boxSizeCount
        case .ssdliteMobileNetV2, .ssdliteMobileNetV2Half: SSDLiteMobileNetV2.boxSizeCount
        default: 0
        }
    }

    /// The detector that is trained, without weights.
    ///
    /// - Parameter architecture: The one that is named; there are as many box sizes as it is asked for, and a side of its
    ///   inputs.
    public func detectorConfiguration(_ architecture: SSDArchitecture, classCount: Int) -> SSDConfiguration {
        precondition(boxSizes.count == Self.boxSizeCount(of: architecture), "sizes of default boxes")
        switch architecture {
        case .smallSSD300:
            return .smallSSD300(
                classCount: classCount,
                defaultBoxes: SmallSSD300.defaultBoxes(sizes: boxSizes, aspectRatio: boxAspectRatio),
                iouThreshold: iouThreshold)
        case .ssdliteMobileNetV2, .ssdliteMobileNetV2Half:
            return .ssdliteMobileNetV2(
                architecture, classCount: classCount,
                defaultBoxes: SSDLiteMobileNetV2.defaultBoxes(
                    side: inputSize, sizes: boxSizes, aspectRatio: boxAspectRatio), iouThreshold: iouThreshold)
        default:
            var configuration = SSDConfiguration.published(architecture, classCount: classCount)
            configuration.output.iouThreshold = iouThreshold
            return configuration
        }
    }
}
