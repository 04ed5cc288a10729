/// One detected object.
public struct Detection: Sendable, Hashable {
    /// Where it is, normalised to the image; beyond 0...1 where the post-processing does not clip.
    public var box: CornerBox
    /// Its class: the column of the network's score output, background columns counted.
    public var classIndex: Int
    /// Its confidence, 0...1.
    public var score: Float
    /// The default box that found it, if known.
    public var priorIndex: Int?

    /// A detection from its parts.
    public init(box: CornerBox, classIndex: Int, score: Float, priorIndex: Int? = nil) {
        self.box = box
        self.classIndex = classIndex
        self.score = score
        self.priorIndex = priorIndex
    }
}
