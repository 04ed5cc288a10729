/// COCO's evaluation of boxes, number for number that of its official code (cocodataset/cocoapi, `COCOeval` for "bbox").
///
/// Average precision is the mean over classes, ten overlap thresholds and 101 recall levels of the interpolated precision;
/// average recall that of the recall reached. Detections beyond the 100 best of a class in an image do not count.
public struct COCOEvaluator: Sendable {
    private let categoryIDs: [Int]
    private var images = LabelledImages()

    /// An evaluation of some classes.
    public init(categoryIDs: [Int]) { self.categoryIDs = Array(Set(categoryIDs)).sorted() }

    /// An evaluation on the images, truths and classes of a file.
    public init(_ instances: COCOInstances) throws(EvaluationError) {
        self.init(categoryIDs: instances.categories.map(\.id))
        let truths = instances.groundTruthsByImage
        for image in instances.images { try addImage(image.id, groundTruths: truths[image.id] ?? []) }
    }

    /// Adds an image and its truths, once, whether it has any or not.
    public mutating func addImage(_ id: Int, groundTruths: [GroundTruth]) throws(EvaluationError) {
        try images.add(id, truths: groundTruths)
    }

    /// Adds detections of an image; among equal scores the order of adding counts. Those of other classes do not count.
    public mutating func add(_ detections: [ScoredBox], imageID: Int) throws(EvaluationError) {
        try images.add(detections, to: imageID)
    }

    /// The result for everything added so far.
    public func summary() -> COCOSummary {
        COCOSummary(categories: categoryIDs.map { COCOCategoryResult(categoryID: $0, members: images.members(of: $0)) })
    }

    /// What each kind of mistake costs in everything added so far.
    public func errorAnalysis() -> DetectionErrorAnalysis {
        DetectionErrorAnalysis(categoryIDs: categoryIDs, images: images)
    }
}
