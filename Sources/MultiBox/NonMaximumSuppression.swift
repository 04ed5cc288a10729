/// Greedy non-maximum suppression: boxes are taken by descending score (ties: lower index first) and kept unless their
/// overlap with a box already kept is above the threshold.
public struct NonMaximumSuppression: Sendable, Hashable {
    /// Overlap above which the lower score is dropped, 0...1.
    public var iouThreshold: Float
    /// Boxes (of a class) that are considered, best first; bounds the work to its square.
    public var maxCandidates: Int

    /// Suppression with a threshold and a bound.
    public init(iouThreshold: Float = 0.45, maxCandidates: Int = 400) {
        self.iouThreshold = iouThreshold
        self.maxCandidates = maxCandidates
    }

    /// The indices of the boxes kept when all compete with all, by descending score.
    ///
    /// Boxes that are not finite, or whose score is not, are dropped. `boxes` and `scores` are of one length.
    public func keptIndices(boxes: [CornerBox], scores: [Float]) -> [Int] {
        precondition(boxes.count == scores.count, "a score for each box")
        var keys: [UInt64] = []
        keys.reserveCapacity(boxes.count)
        for index in boxes.indices where scores[index].isFinite && boxes[index].isFinite {
            keys.append(RankedKey.make(score: scores[index], index: index))
        }
        return suppress(keys: &keys, boxes: boxes)
    }

    /// The indices of the boxes kept when only boxes of one class compete, by descending score (ties: lower class, then
    /// lower index). `classes` holds each box's class.
    public func keptIndices(boxes: [CornerBox], scores: [Float], classes: [Int]) -> [Int] {
        precondition(boxes.count == scores.count && boxes.count == classes.count, "a score and a class for each box")
        var members: [Int: [UInt64]] = [:]
        for index in boxes.indices where scores[index].isFinite && boxes[index].isFinite {
            members[classes[index], default: []].append(RankedKey.make(score: scores[index], index: index))
        }
        var kept: [Int] = []
        for (_, var keys) in members { kept += suppress(keys: &keys, boxes: boxes) }
        return kept.sorted { a, b in
            if scores[a] != scores[b] { return scores[a] > scores[b] }
            return (classes[a], a) < (classes[b], b)
        }
    }

    private func suppress(keys: inout [UInt64], boxes: [CornerBox]) -> [Int] {
        let considered = min(max(maxCandidates, 0), keys.count)
        var keptBoxes = KeptBoxes(groups: 1)
        var kept: [Int] = []
        keys.withUnsafeMutableBufferPointer { keys in
            guard let base = keys.baseAddress else { return }
            RankedKey.sortPrefix(base, total: keys.count, count: considered)
            for position in 0..<considered {
                let index = RankedKey.index(base[position])
                if keptBoxes.overlaps(boxes[index], in: 0, above: iouThreshold) { continue }
                keptBoxes.append(boxes[index], to: 0)
                kept.append(index)
            }
        }
        return kept
    }
}
