import MultiBox

/// A detection to be judged.
public struct ScoredBox: Sendable, Hashable {
    /// Where the object is said to be.
    public var box: PixelBox
    /// Its class, by the data set's own number.
    public var categoryID: Int
    /// Its confidence; only the order matters.
    public var score: Double

    /// A detection from its parts.
    public init(box: PixelBox, categoryID: Int, score: Double) {
        self.box = box
        self.categoryID = categoryID
        self.score = score
    }

    /// A detection on an image of a size in pixels, under the data set's number for its class.
    public init(_ detection: Detection, categoryID: Int, imageWidth: Int, imageHeight: Int) {
        self.init(
            box: PixelBox(detection.box, imageWidth: imageWidth, imageHeight: imageHeight), categoryID: categoryID,
            score: Double(detection.score))
    }
}
