/// What one call asks of the post-processing; nil leaves a value to the model's configuration.
public struct DetectionOptions: Sendable, Hashable {
    /// The lowest score wanted, 0...1.
    public var scoreThreshold: Float?
    /// The lowest score wanted of a class (a column of the scores) where that is another one, 0...1. What does not reach it
    /// is left out before anything is ranked.
    public var classThresholds: [Int: Float]
    /// Overlap above which the lower score is dropped, 0...1.
    public var iouThreshold: Float?
    /// The most detections of an image.
    public var maxDetections: Int?
    /// The classes wanted (columns of the scores). Others are left out before anything is ranked, so the answer is the
    /// best of these classes and not what they kept of the best of all.
    public var classes: Set<Int>?

    /// Options that differ from the model's configuration where given.
    public init(
        scoreThreshold: Float? = nil, classThresholds: [Int: Float] = [:], iouThreshold: Float? = nil,
        maxDetections: Int? = nil, classes: Set<Int>? = nil
    ) {
        self.scoreThreshold = scoreThreshold
        self.classThresholds = classThresholds
        self.iouThreshold = iouThreshold
        self.maxDetections = maxDetections
        self.classes = classes
    }
}
