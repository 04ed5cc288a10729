import MultiBox
import Networks

/// How an architecture is trained unless said otherwise: as published, where it was, on a batch that fits a CPU.
public struct TrainingRecipe: Sendable, Hashable {
    /// The input's side, in pixels.
    public let inputSize: Int
    /// Sizes of the default boxes; none where they are those of published models.
    public let boxSizes: [Float]
    /// Overlap above which the lower of two detections of a class is dropped.
    public let iouThreshold: Float
    /// Photos of a step.
    public let batchSize: Int
    /// The learning rate of such a batch.
    public let learningRate: Float
    /// How it falls.
    public let schedule: TrainingSettings.Schedule
    /// Steps over which it rises.
    public let warmup: Int
    /// The weight decay.
    public let weightDecay: Float

    /// The recipe of an architecture.
    public init(_ architecture: SSDArchitecture) {
        let published = SSDConfiguration.published(architecture)
        inputSize = published.defaultBoxes.imageWidth
        iouThreshold = published.output.iouThreshold
        switch architecture {
        case .smallSSD300:
            boxSizes = SmallSSD300.boxSizes
            (batchSize, learningRate, schedule, warmup, weightDecay) = (16, 0.02, .cosine, 100, 5e-4)
        case .ssdliteMobileNetV2, .ssdliteMobileNetV2Half, .ssdliteMobileNetV2FPN:
            boxSizes = SSDLiteMobileNetV2.boxSizes(of: architecture)
            (batchSize, learningRate, schedule, warmup, weightDecay) = (32, 0.025, .cosine, 300, 4e-5)
        // torchvision's reference: 0.15 for 192 photos, along a cosine.
        case .ssdlite320MobileNetV3:
            boxSizes = []
            (batchSize, learningRate, schedule, warmup, weightDecay) = (32, 0.025, .cosine, 300, 4e-5)
        // The paper's section 3.1: 10⁻³ for 32 photos, in steps.
        case .ssd300VGG16, .ssd512VGG16:
            boxSizes = []
            (batchSize, learningRate, schedule, warmup, weightDecay) = (8, 0.25e-3, .step, 100, 5e-4)
        case .mobileNetV1SSD300:
            boxSizes = []
            (batchSize, learningRate, schedule, warmup, weightDecay) = (16, 0.5e-3, .step, 100, 5e-5)
        }
    }

    /// Layers that know edges and textures, whatever a classifier or detector was trained on: those of maps that are a quarter
    /// of the input's side and more, of VGG16 half of it and more. Patterns of names.
    public static func earlyLayers(of architecture: SSDArchitecture) -> [String] {
        switch architecture {
        case .smallSSD300: ["stem*"]
        case .ssdliteMobileNetV2, .ssdliteMobileNetV2Half, .ssdliteMobileNetV2FPN, .ssdlite320MobileNetV3:
            ["conv1*", "bneck1.*", "bneck2.*", "bneck3.*"]
        case .ssd300VGG16, .ssd512VGG16: ["conv1_*", "conv2_*"]
        case .mobileNetV1SSD300: ["conv0", "conv1", "conv1.*", "conv2", "conv2.*", "conv3", "conv3.*"]
        }
    }

    /// The learning rate of another batch: as much larger as the batch is (Goyal et al. 2017, arXiv 1706.02677).
    public func learningRate(ofBatch photos: Int) -> Float { learningRate * Float(photos) / Float(batchSize) }
}
