import MultiBox

/// An object that a photo is known to show, as training sees it.
public struct AnnotatedObject: Sendable, Hashable {
    /// Where it is, normalised to the photo.
    public var box: CornerBox
    /// What it is: the column of the score output, from 1; 0 is the background.
    public var classIndex: Int
    /// Whether it is marked difficult: trained on as any other (as Caffe's SSD does) unless asked otherwise, but ignored by
    /// evaluation.
    public var isDifficult: Bool
    /// Whether it stands for a group of objects, for which no single box is right, or does not count for another reason: what
    /// lies in it is neither trained on nor background.
    public var isCrowd: Bool
    /// How sure whoever annotated it was, above 0 and at most 1; where asked for, what its loss is multiplied by.
    public var score: Float

    /// An object from its parts.
    public init(
        box: CornerBox, classIndex: Int, isDifficult: Bool = false, isCrowd: Bool = false, score: Float = 1
    ) {
        self.box = box
        self.classIndex = classIndex
        self.isDifficult = isDifficult
        self.isCrowd = isCrowd
        self.score = score
    }
}
