import MultiBox

/// What a sidecar says of how scores become detections; what it does not say stays as it is.
struct SidecarOutput: Sendable {
    private var activation: DetectionOutputConfiguration.ScoreActivation?
    /// The background's column; nil within for none.
    private var background: Int??
    private var scoreThreshold: Float?
    private var thresholdIsInclusive: Bool?
    private var iouThreshold: Float?
    private var candidatesPerClass: Int?
    private var detectionsPerClass: Int?
    private var maxDetections: Int?
    private var classesPerDetection: Int?
    private var clip: DetectionOutputConfiguration.Clip?

    /// One that says nothing.
    init() {}

    /// Reads the members.
    init(_ part: JSONMembers) throws(ModelFileError) {
        var part = part
        if part.has("activation") { activation = try part.choice("activation") }
        if part.has("background_index") {
            background = .some(try part.isNull("background_index") ? nil : part.integer("background_index"))
        }
        scoreThreshold = try part.optionalFloat("score_threshold")
        if part.has("threshold_is_inclusive") {
            thresholdIsInclusive = try part.boolean("threshold_is_inclusive", default: false)
        }
        iouThreshold = try part.optionalFloat("iou_threshold")
        candidatesPerClass = try part.optionalInteger("candidates_per_class")
        detectionsPerClass = try part.optionalInteger("detections_per_class")
        maxDetections = try part.optionalInteger("max_detections")
        classesPerDetection = try part.optionalInteger("classes_per_detection")
        if part.has("clip") { clip = try part.choice("clip") }
        try part.finish()
    }

    /// Whether it says what makes confidences of scores.
    var saysActivation: Bool { activation != nil }

    /// Changes what it says.
    func apply(to output: inout DetectionOutputConfiguration) {
        if let activation { output.activation = activation }
        if let background { output.backgroundIndex = background }
        if let scoreThreshold { output.scoreThreshold = scoreThreshold }
        if let thresholdIsInclusive { output.thresholdIsInclusive = thresholdIsInclusive }
        if let iouThreshold { output.iouThreshold = iouThreshold }
        if let candidatesPerClass { output.candidatesPerClass = candidatesPerClass }
        if let detectionsPerClass { output.detectionsPerClass = detectionsPerClass }
        if let maxDetections { output.maxDetections = maxDetections }
        if let classesPerDetection { output.suppression = .bestClass(classesPerDetection: classesPerDetection) }
        if let clip { output.clip = clip }
    }
}
