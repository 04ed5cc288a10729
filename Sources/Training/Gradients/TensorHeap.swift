/// Places for blocks in a memory that grows at its end: the smallest gap that holds a block, of several the first.
///
/// Blocks that are given back in about the opposite order in which they were taken, as the tensors of a step of training
/// are, leave few gaps.
package struct TensorHeap {
    /// Floats of a cache line, of which every block has whole ones.
    private static let line = FloatBuffer.alignment / 4
    /// More than any block has, and so far from overflow that sums are none.
    private static let endless = Int.max / 4

    /// What is free, in order, no two beside each other; the last has no end.
    private var gaps = [0..<endless]
    /// Floats up to the end of the farthest block so far.
    package private(set) var size = 0

    package init() {}

    /// The place of a block of `count` floats.
    package mutating func take(_ count: Int) -> Range<Int> {
        let size = max(1, (count + Self.line - 1) / Self.line) * Self.line
        var best = gaps.endIndex - 1
        for (index, gap) in gaps.enumerated() where gap.count >= size && gap.count < gaps[best].count { best = index }
        let gap = gaps[best]
        let place = gap.lowerBound..<gap.lowerBound + size
        if place.upperBound == gap.upperBound {
            gaps.remove(at: best)
        } else {
            gaps[best] = place.upperBound..<gap.upperBound
        }
        self.size = max(self.size, place.upperBound)
        return place
    }

    /// Frees a place.
    package mutating func give(back place: Range<Int>) {
        let next = gaps.firstIndex { $0.lowerBound >= place.upperBound } ?? gaps.endIndex
        var whole = place
        var merged = next..<next
        if next < gaps.endIndex, gaps[next].lowerBound == place.upperBound {
            whole = whole.lowerBound..<gaps[next].upperBound
            merged = next..<next + 1
        }
        if next > 0, gaps[next - 1].upperBound == place.lowerBound {
            whole = gaps[next - 1].lowerBound..<whole.upperBound
            merged = next - 1..<merged.upperBound
        }
        gaps.replaceSubrange(merged, with: [whole])
    }
}
