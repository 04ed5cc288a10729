import MultiBox

/// An object that a photo is known to show, as training sees it.
public struct AnnotatedObject: Sendable, Hashable {
    /// Where it is, normalised to the photo.
    public var box: CornerBox
    /// What it is: the column of the score output, from 1; 0 is the background.
    public var classIndex: Int
    /// Whether it is marked difficult: trained on as any other (as Caffe's SSD does), but ignored by evaluation.
    public var isDifficult: Bool
    /// Whether it stands for a group of objects: no single box is right for it, so that it is not trained on.
    public var isCrowd: Bool

    /// An object from its parts.
    public init(box: CornerBox, classIndex: Int, isDifficult: Bool = false, isCrowd: Bool = false) {
        self.box = box
        self.classIndex = classIndex
        self.isDifficult = isDifficult
        self.isCrowd = isCrowd
    }
}
