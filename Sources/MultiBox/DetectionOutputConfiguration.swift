/// How raw network outputs become detections; every model has its own.
public struct DetectionOutputConfiguration: Sendable, Hashable, Codable {
    /// What turns a row of raw scores into confidences.
    public enum ScoreActivation: String, Sendable, Hashable, Codable {
        /// Softmax over all columns, background among them.
        case softmax
        /// The logistic function of each column.
        case sigmoid
        /// None: the outputs are confidences.
        case identity
    }

    /// What competes with what when boxes overlap.
    public enum Suppression: Sendable, Hashable, Codable {
        /// Boxes of one class compete; a default box may be detected as several classes (SSD).
        case perClass
        /// Each default box stands for its best class and competes with all others; a survivor is reported with its
        /// `classesPerDetection` best classes (TFLite's fast suppression).
        case bestClass(classesPerDetection: Int)
    }

    /// When boxes are clipped to the image.
    public enum Clip: String, Sendable, Hashable, Codable {
        /// Never: Caffe, TFLite.
        case never
        /// Before overlaps are measured: torchvision.
        case beforeSuppression
        /// In the result only.
        case atEnd
    }

    /// The most columns of a score row; LVIS, the largest detection set in use, has 1203 classes.
    public static let maximumClassCount = 1 << 12

    /// Columns of a score row, background counted.
    public var classCount: Int
    /// What turns raw scores into confidences.
    public var activation: ScoreActivation
    /// The background's column, if there is one; it is never reported.
    public var backgroundIndex: Int?
    /// The lowest confidence of a candidate.
    public var scoreThreshold: Float
    /// Whether a confidence equal to the threshold passes: TFLite ≥; Caffe, ssd.pytorch and torchvision >.
    public var thresholdIsInclusive: Bool
    /// Overlap above which the lower confidence is dropped.
    public var iouThreshold: Float
    /// Candidates of a class that enter suppression, best first (`top_k`).
    public var candidatesPerClass: Int
    /// Detections of a class that leave suppression; nil for all.
    public var detectionsPerClass: Int?
    /// Detections of an image, best first (`keep_top_k`); for `bestClass`, default boxes.
    public var maxDetections: Int
    /// What competes with what.
    public var suppression: Suppression
    /// When boxes are clipped.
    public var clip: Clip

    /// A configuration from its parts; the defaults are those of Caffe's SSD.
    public init(
        classCount: Int, activation: ScoreActivation = .softmax, backgroundIndex: Int? = 0,
        scoreThreshold: Float = 0.01, thresholdIsInclusive: Bool = false, iouThreshold: Float = 0.45,
        candidatesPerClass: Int = 400, detectionsPerClass: Int? = nil, maxDetections: Int = 200,
        suppression: Suppression = .perClass, clip: Clip = .atEnd
    ) {
        self.classCount = classCount
        self.activation = activation
        self.backgroundIndex = backgroundIndex
        self.scoreThreshold = scoreThreshold
        self.thresholdIsInclusive = thresholdIsInclusive
        self.iouThreshold = iouThreshold
        self.candidatesPerClass = candidatesPerClass
        self.detectionsPerClass = detectionsPerClass
        self.maxDetections = maxDetections
        self.suppression = suppression
        self.clip = clip
    }

    /// Caffe's SSD300, SSD512 and MobileNet-SSD: 0.01, 0.45, 400, 200, never clipped.
    public static func caffe(classCount: Int) -> DetectionOutputConfiguration {
        DetectionOutputConfiguration(classCount: classCount, clip: .never)
    }

    /// ssd.pytorch as it behaves: 0.01, 0.45, 200 a class; its cap on the image never takes effect.
    public static func ssdPyTorch(classCount: Int) -> DetectionOutputConfiguration {
        DetectionOutputConfiguration(
            classCount: classCount, candidatesPerClass: 200, maxDetections: max(1, classCount) * 200, clip: .never)
    }

    /// torchvision's `ssd300_vgg16`: 0.01, 0.45, 400, 200, clipped before suppression.
    public static func torchvisionSSD300(classCount: Int) -> DetectionOutputConfiguration {
        DetectionOutputConfiguration(classCount: classCount, clip: .beforeSuppression)
    }

    /// torchvision's `ssdlite320_mobilenet_v3_large`: 0.001, 0.55, 300, 300, clipped before suppression.
    public static func torchvisionSSDLite320(classCount: Int) -> DetectionOutputConfiguration {
        DetectionOutputConfiguration(
            classCount: classCount, scoreThreshold: 0.001, iouThreshold: 0.55, candidatesPerClass: 300,
            maxDetections: 300, clip: .beforeSuppression)
    }

    /// Checks every field; the values may come from a file.
    package func validate() throws(MultiBoxError) {
        guard (1...Self.maximumClassCount).contains(classCount), backgroundIndex == nil || classCount > 1 else {
            throw .invalidClassCount(classCount, limit: Self.maximumClassCount)
        }
        if let backgroundIndex, !(0..<classCount).contains(backgroundIndex) {
            throw .backgroundOutOfRange(index: backgroundIndex, classCount: classCount)
        }
        guard scoreThreshold.isFinite else {
            throw .invalidThreshold(name: "score threshold", value: scoreThreshold)
        }
        guard iouThreshold >= 0, iouThreshold <= 1 else {
            throw .invalidThreshold(name: "IoU threshold", value: iouThreshold)
        }
        guard candidatesPerClass > 0 else {
            throw .invalidLimit(name: "candidates per class", value: candidatesPerClass)
        }
        if let detectionsPerClass, detectionsPerClass <= 0 {
            throw .invalidLimit(name: "detections per class", value: detectionsPerClass)
        }
        guard maxDetections > 0 else { throw .invalidLimit(name: "detections per image", value: maxDetections) }
        if case .bestClass(let classes) = suppression, classes <= 0 {
            throw .invalidLimit(name: "classes per detection", value: classes)
        }
    }
}
