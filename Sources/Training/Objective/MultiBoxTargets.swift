import MultiBox

/// What the network should answer for one photo: a class for each default box and, where it is not the background, the
/// encoded offsets of its object.
public struct MultiBoxTargets: Sendable, Hashable {
    /// The class of each default box; 0 is the background.
    public let classes: [Int]
    /// The encoded offsets of each default box's object, in the coder's order; zero for the background.
    public let offsets: [SIMD4<Float>]
    /// What each default box's loss is multiplied by: 1, the score of its object, or 0 for one without an object that is no
    /// background either.
    public let weights: [Float]
    /// The number of default boxes with an object.
    public let positiveCount: Int

    /// Targets from their parts, of one length; classes are not negative, nor are weights, which without are all 1.
    public init(classes: [Int], offsets: [SIMD4<Float>], weights: [Float]? = nil) {
        let weights = weights ?? [Float](repeating: 1, count: classes.count)
        precondition(classes.count == offsets.count, "a class and four offsets for each default box")
        precondition(classes.allSatisfy { $0 >= 0 }, "a class is a column of the scores")
        precondition(
            weights.count == classes.count && weights.allSatisfy { $0 >= 0 && $0.isFinite }, "a weight for each")
        self.weights = weights
        self.classes = classes
        self.offsets = offsets
        positiveCount = classes.count { $0 != 0 }
    }
}
