import Datasets
import MultiBox

/// Makes a photo's targets: matches its objects to the default boxes and encodes their offsets (Liu et al. 2016,
/// section 2.2).
public struct MultiBoxTargetEncoder: Sendable {
    /// How objects find their default boxes.
    public let matcher: DefaultBoxMatcher
    /// How offsets are encoded.
    public let coder: BoxCoder
    /// The default boxes, in the order of the network's outputs.
    public let defaultBoxes: [CenterBox]
    /// Columns of a score row, background counted.
    public let classCount: Int
    /// The share of its own area from which a default box lies in a crowd.
    public static let crowdShare: Float = 0.5
    private let corners: [CornerBox]

    /// An encoder for a model's boxes and classes.
    ///
    /// - Throws: `degenerateDefaultBox`.
    public init(
        matcher: DefaultBoxMatcher = DefaultBoxMatcher(), coder: BoxCoder = .ssd, defaultBoxes: [CenterBox],
        classCount: Int
    ) throws(MultiBoxTargetError) {
        precondition(classCount >= 2, "background and at least one class")
        corners = defaultBoxes.map { CornerBox($0) }
        for (index, box) in corners.enumerated() where !(box.isFinite && box.area > 0) {
            throw .degenerateDefaultBox(index: index)
        }
        self.matcher = matcher
        self.coder = coder
        self.defaultBoxes = defaultBoxes
        self.classCount = classCount
    }

    /// The targets of a photo that shows `objects`. Default boxes that lie in a crowd and have no object take no part in the
    /// loss: they are neither positives nor negatives.
    ///
    /// - Throws: which object no targets can be made of. Nothing that is not a number ever gets into the targets.
    public func targets(for objects: [AnnotatedObject]) throws(MultiBoxTargetError) -> MultiBoxTargets {
        for (index, object) in objects.enumerated() {
            guard object.box.isFinite, object.box.area > 0 else { throw .degenerateObject(index: index) }
            guard (1..<classCount).contains(object.classIndex) else {
                throw .classOutOfRange(index: index, classIndex: object.classIndex, classCount: classCount)
            }
        }
        let single = objects.indices.filter { !objects[$0].isCrowd }
        let match = matcher.match(truths: single.map { objects[$0].box }, defaultBoxes: corners)
        var classes = [Int](repeating: 0, count: defaultBoxes.count)
        var offsets = [SIMD4<Float>](repeating: .zero, count: defaultBoxes.count)
        var weights = [Float](repeating: 1, count: defaultBoxes.count)
        let crowds = objects.filter(\.isCrowd).map(\.box)
        for (prior, truth) in match.truths.enumerated() {
            guard let truth else {
                if isInside(prior, crowds) { weights[prior] = 0 }
                continue
            }
            let object = objects[single[truth]]
            guard let encoded = coder.encode(CenterBox(object.box), relativeTo: defaultBoxes[prior]) else {
                throw .offsetsNotFinite(index: single[truth], defaultBox: prior)
            }
            classes[prior] = object.classIndex
            offsets[prior] = encoded
            weights[prior] = object.score
        }
        return MultiBoxTargets(classes: classes, offsets: offsets, weights: weights)
    }

    /// Whether a default box lies in one of some boxes, by the share of its own area.
    private func isInside(_ prior: Int, _ boxes: [CornerBox]) -> Bool {
        let box = corners[prior]
        return boxes.contains { box.intersection($0) >= Self.crowdShare * box.area }
    }
}
