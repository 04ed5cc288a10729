/// Images, truths or detections that cannot be judged.
public enum EvaluationError: Error, Sendable, Hashable {
    /// An image was added twice.
    case duplicateImage(Int)
    /// Detections of an image that was not added.
    case unknownImage(Int)
    /// A ground truth, by its position in the image, whose box or area is not finite or negative.
    case invalidGroundTruth(imageID: Int, index: Int)
    /// A detection, by its position in the call, whose score or box is not finite or whose extent is negative.
    case invalidDetection(imageID: Int, index: Int)
}
