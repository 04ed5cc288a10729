import Platform

/// From a network's raw outputs for one image to its detections: confidences, threshold, decoding, suppression.
///
/// A row of scores is looked at closely only if its maximum shows that it can pass the threshold. Candidates of all classes
/// are then taken in one order, best first, each meeting the survivors of its own class, until the image has its
/// detections: the answer is that of suppressing class after class and ranking the survivors, but what ranks below the
/// last detection is neither sorted nor decoded nor compared.
///
/// Where very many scores pass, the best few thousand are kept and the threshold rises to the worst of them. Should they
/// not suffice for the image's detections, all is done again without that limit.
///
/// Nothing in the outputs can do harm: a score that is not finite never passes, a box that is not finite is dropped.
public struct DetectionOutput: Sendable {
    /// How outputs become detections.
    public let configuration: DetectionOutputConfiguration
    /// How boxes are coded.
    public let coder: BoxCoder
    /// The default boxes, in the order of the outputs.
    public let defaultBoxes: [CenterBox]

    let softmaxScan: SoftmaxScan.Function

    /// A post-processing from its parts, which may come from a file.
    ///
    /// - Parameter softmaxScan: one made for the machine, where there is one.
    /// - Throws: what is wrong with the parts.
    public init(
        configuration: DetectionOutputConfiguration, coder: BoxCoder = .ssd, defaultBoxes: [CenterBox],
        softmaxScan: @escaping SoftmaxScan.Function = SoftmaxScan.portable
    ) throws(MultiBoxError) {
        try configuration.validate()
        try coder.validate()
        try DefaultBoxes.validate(defaultBoxes)
        self.configuration = configuration
        self.coder = coder
        self.defaultBoxes = defaultBoxes
        self.softmaxScan = softmaxScan
    }

    /// The memory for calls of this post-processing; each concurrent caller needs its own.
    public func makeWorkspace() -> Workspace {
        Workspace(priors: defaultBoxes.count, classCount: configuration.classCount)
    }

    /// The most bytes that such memory comes to, with every score a candidate and as many boxes kept as may be.
    package var maximumWorkspaceSize: Int {
        let (boxes, classes) = (defaultBoxes.count, configuration.classCount)
        let perBox = MemoryLayout<CornerBox>.stride + MemoryLayout<UInt32>.stride
        let found = max(2048, 2 * classes) * MemoryLayout<SoftmaxScan.Candidate>.stride
        // Arrays that grow double: keys of candidates, and of kept boxes a block of its own in the worst case.
        let kept = min(configuration.maxDetections, boxes * classes)
        return boxes * (perBox + classes * 2 * MemoryLayout<UInt64>.stride) + kept * 2 * KeptBoxes.blockBytes
            + classes * 64 + found
    }

    /// The detections of one image.
    ///
    /// - Parameters:
    ///   - loc: Raw offsets, `defaultBoxes.count` × 4.
    ///   - conf: Raw scores, `defaultBoxes.count` × `classCount`.
    ///   - options: What this call wants otherwise than the configuration.
    ///   - workspace: Made by `makeWorkspace` of an equal post-processing.
    /// - Returns: Detections by descending score (ties: lower class, then lower default box). With `bestClass` they follow
    ///   the survivors by descending best score (ties: lower default box), each with its classes by descending score.
    public func detections(
        loc: UnsafeBufferPointer<Float>, conf: UnsafeBufferPointer<Float>, options: DetectionOptions = .init(),
        workspace: inout Workspace
    ) -> [Detection] {
        let classCount = configuration.classCount
        precondition(
            workspace.priors == defaultBoxes.count && workspace.classCount == classCount,
            "a workspace of another post-processing")
        precondition(loc.count == defaultBoxes.count * 4, "four offsets for each default box")
        precondition(conf.count == defaultBoxes.count * classCount, "a row of scores for each default box")
        var call = Call(configuration, options)
        guard let loc = loc.baseAddress, let conf = conf.baseAddress, call.maxDetections > 0 else { return [] }
        let columnCount = selectColumns(options, &call, &workspace)
        guard columnCount > 0 else { return [] }
        let allColumns = options.classes == nil && !call.hasClassCuts
        workspace.beginCall()
        collectCandidates(
            conf, call, columnCount: columnCount, allColumns: allColumns, limit: call.candidateLimit, &workspace)
        switch configuration.suppression {
        case .perClass:
            if let detections = suppressPerClass(loc, call, columnCount: columnCount, &workspace) { return detections }
            workspace.beginCall()
            collectCandidates(conf, call, columnCount: columnCount, allColumns: allColumns, limit: nil, &workspace)
            return suppressPerClass(loc, call, columnCount: columnCount, &workspace) ?? []
        case .bestClass(let classesPerDetection):
            let classes = min(classesPerDetection, columnCount)
            return suppressBestClass(loc, conf, call, columnCount: columnCount, reporting: classes, &workspace)
        }
    }
}
