/// An object that is known to be in an image.
public struct GroundTruth: Sendable, Hashable {
    /// Where it is.
    public var box: PixelBox
    /// Its class, by the data set's own number.
    public var categoryID: Int
    /// Its area in square pixels, by which COCO sorts objects into small, medium and large; that of its outline where known.
    public var area: Double
    /// Whether it stands for a group: found or not does not count, and any number of detections may lie in it.
    public var isCrowd: Bool
    /// Whether it is marked difficult: found or not does not count.
    public var isDifficult: Bool

    /// A ground truth; without an area, that of its box.
    public init(
        box: PixelBox, categoryID: Int, area: Double? = nil, isCrowd: Bool = false, isDifficult: Bool = false
    ) {
        self.box = box
        self.categoryID = categoryID
        self.area = area ?? box.area
        self.isCrowd = isCrowd
        self.isDifficult = isDifficult
    }
}
