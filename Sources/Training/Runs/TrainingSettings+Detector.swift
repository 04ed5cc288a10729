import MultiBox
import Networks

extension TrainingSettings {
    /// The sides of the input that an architecture is made for, in pixels.
    public static func inputSizes(of architecture: SSDArchitecture) -> [Int] {
        switch architecture {
        case .ssdliteMobileNetV2, .ssdliteMobileNetV2Half, .ssdliteMobileNetV2FPN: [300, 320]
        default: [SSDConfiguration.published(architecture).defaultBoxes.imageWidth]
        }
    }

    /// The number of sizes of default boxes that an architecture is asked for; 0 where they are the published ones.
    public static func boxSizeCount(of architecture: SSDArchitecture) -> Int {
        switch architecture {
        case .smallSSD300: SmallSSD300.boxSizeCount
        case .ssdliteMobileNetV2, .ssdliteMobileNetV2Half, .ssdliteMobileNetV2FPN:
            SSDLiteMobileNetV2.boxSizes(of: architecture).count
        default: 0
        }
    }

    /// Whether sizes of default boxes ascend from map to map; those of a fine map for themselves.
    public static func areAscending(_ sizes: [Float], of architecture: SSDArchitecture) -> Bool {
        let fine = architecture.hasFineMap ? SSDLiteMobileNetV2.fineMapSizes.count : 0
        let (first, rest) = (Array(sizes.prefix(fine)), Array(sizes.dropFirst(fine)))
        return first == first.sorted() && rest == rest.sorted()
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
        case .ssdliteMobileNetV2, .ssdliteMobileNetV2Half, .ssdliteMobileNetV2FPN:
            return .ssdliteMobileNetV2(
                architecture, classCount: classCount,
                defaultBoxes: SSDLiteMobileNetV2.defaultBoxes(
                    architecture, side: inputSize, sizes: boxSizes, aspectRatio: boxAspectRatio),
                iouThreshold: iouThreshold)
        default:
            var configuration = SSDConfiguration.published(architecture, classCount: classCount)
            configuration.output.iouThreshold = iouThreshold
            return configuration
        }
    }

    /// The detector that a run of these settings trains, its weights all 0; nil where no run of this version has such ones.
    public func detectorWithoutWeights() -> DetectionModel? {
        guard let architecture = SSDArchitecture(rawValue: architecture),
            boxSizes.count == Self.boxSizeCount(of: architecture), boxSizes.allSatisfy({ $0 > 0 && $0.isFinite }),
            boxAspectRatio > 1, boxAspectRatio.isFinite, Self.inputSizes(of: architecture).contains(inputSize),
            let labels = try? LabelMap(names: [nil] + classes.map { $0 }, hasBackground: true),
            labels.count <= DetectionOutputConfiguration.maximumClassCount
        else { return nil }
        let configuration = detectorConfiguration(architecture, classCount: labels.count)
        var model = try? configuration.trainableModel(name: "", version: "0", parameters: Zeros())
        model?.labels = labels
        return model
    }

    private struct Zeros: ParameterSource {
        func values(of parameter: ParameterDescription) -> [Float] { [Float](repeating: 0, count: parameter.count) }
    }
}
