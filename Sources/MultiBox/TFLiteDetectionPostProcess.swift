/// The options of TensorFlow Lite's custom operation `TFLite_Detection_PostProcess`, under the names of its flexbuffer.
///
/// The operation's class c is column c + label offset here, where the offset is `columns − num_classes` (0 or 1).
public struct TFLiteDetectionPostProcess: Sendable, Hashable {
    /// `detections_per_class` where the options leave it out.
    public static let defaultDetectionsPerClass = 100

    /// `max_detections`: detections of an image.
    public var maxDetections: Int
    /// `max_classes_per_detection`: classes reported for a default box (fast suppression).
    public var maxClassesPerDetection: Int
    /// `detections_per_class`: detections of a class that leave suppression (regular suppression).
    public var detectionsPerClass: Int
    /// `use_regular_nms`: suppression for each class, rather than once over each default box's best class.
    public var useRegularNMS: Bool
    /// `nms_score_threshold`: the lowest confidence of a candidate, itself passing.
    public var nmsScoreThreshold: Float
    /// `nms_iou_threshold`: overlap above which the lower confidence is dropped.
    public var nmsIoUThreshold: Float
    /// `num_classes`, background not counted.
    public var classCount: Int
    /// `x_scale`, `y_scale`, `w_scale`, `h_scale`.
    public var scales: Variances

    /// Options from their parts.
    public init(
        maxDetections: Int, maxClassesPerDetection: Int = 1,
        detectionsPerClass: Int = TFLiteDetectionPostProcess.defaultDetectionsPerClass, useRegularNMS: Bool = false,
        nmsScoreThreshold: Float, nmsIoUThreshold: Float, classCount: Int,
        scales: Variances = Variances(x: 10, y: 10, width: 5, height: 5)
    ) {
        self.maxDetections = maxDetections
        self.maxClassesPerDetection = maxClassesPerDetection
        self.detectionsPerClass = detectionsPerClass
        self.useRegularNMS = useRegularNMS
        self.nmsScoreThreshold = nmsScoreThreshold
        self.nmsIoUThreshold = nmsIoUThreshold
        self.classCount = classCount
        self.scales = scales
    }

    /// The coder of the operation: offsets y, x, h, w divided by the scales.
    public var coder: BoxCoder { BoxCoder(scaling: .divisors(scales), order: .yxhw) }

    /// The post-processing of the operation on confidences with `columns` columns.
    ///
    /// - Parameter activation: `identity`, as the operation takes confidences, unless a caller hands over what comes before.
    /// - Throws: `invalidClassCount` unless `columns − classCount` is 0 or 1.
    public func configuration(
        columns: Int, activation: DetectionOutputConfiguration.ScoreActivation = .identity
    ) throws(MultiBoxError) -> DetectionOutputConfiguration {
        guard classCount > 0, columns == classCount || columns - 1 == classCount else {
            throw .invalidClassCount(classCount, limit: columns)
        }
        return DetectionOutputConfiguration(
            classCount: columns, activation: activation, backgroundIndex: columns == classCount ? nil : 0,
            scoreThreshold: nmsScoreThreshold, thresholdIsInclusive: true, iouThreshold: nmsIoUThreshold,
            candidatesPerClass: .max, detectionsPerClass: useRegularNMS ? detectionsPerClass : nil,
            maxDetections: maxDetections,
            suppression: useRegularNMS ? .perClass : .bestClass(classesPerDetection: maxClassesPerDetection),
            clip: .never)
    }
}
