/// The boxes that greedy suppression has kept so far, by class, so that a candidate meets eight of its class at a time.
///
/// Boxes lie in blocks of eight, one coordinate after the other; a class has a chain of blocks, best box first, and a
/// block is padded with empty boxes, which overlap nothing. The memory grows with the number of boxes kept, is never given
/// back before the end, and has one owner.
struct KeptBoxes: ~Copyable {
    private static var lanes: Int { 8 }
    /// Four edges and the area.
    private static var blockSize: Int { 5 * lanes }

    /// Bytes of a block.
    static var blockBytes: Int { blockSize * MemoryLayout<Float>.stride }

    private let groups: Int
    /// For each group: boxes, first and last block.
    private let counts: UnsafeMutablePointer<Int>
    private let firstBlocks: UnsafeMutablePointer<Int>
    private let lastBlocks: UnsafeMutablePointer<Int>
    /// All blocks, and for each the one after it in its chain.
    private var blocks: UnsafeMutablePointer<Float>
    private var successors: UnsafeMutablePointer<Int>
    private var blockCapacity: Int
    private var blockCount = 0

    /// Nothing kept in any of `groups` classes.
    init(groups: Int) {
        self.groups = groups
        blockCapacity = 64
        counts = .allocate(capacity: groups)
        firstBlocks = .allocate(capacity: groups)
        lastBlocks = .allocate(capacity: groups)
        blocks = .allocate(capacity: blockCapacity * Self.blockSize)
        successors = .allocate(capacity: blockCapacity)
        removeAll()
    }

    deinit {
        counts.deallocate()
        firstBlocks.deallocate()
        lastBlocks.deallocate()
        blocks.deallocate()
        successors.deallocate()
    }

    /// Forgets every box and keeps the memory.
    mutating func removeAll() {
        blockCount = 0
        counts.update(repeating: 0, count: groups)
    }

    /// The number of boxes kept of a class.
    func count(of group: Int) -> Int { counts[group] }

    /// Whether the overlap of `box` with a kept box of its class is above `threshold`, which is not negative.
    ///
    /// The arithmetic is that of `CornerBox.intersectionOverUnion`, division included, so that results agree with it and
    /// with TFLite's to the last bit.
    @inline(__always)
    func overlaps(_ box: CornerBox, in group: Int, above threshold: Float) -> Bool {
        let area = box.area
        var remaining = counts[group]
        guard area > 0, remaining > 0 else { return false }
        let zero = SIMD8<Float>(repeating: 0)
        let (xmin, ymin) = (SIMD8(repeating: box.xmin), SIMD8(repeating: box.ymin))
        let (xmax, ymax) = (SIMD8(repeating: box.xmax), SIMD8(repeating: box.ymax))
        var block = firstBlocks[group]
        while true {
            let base = UnsafeRawPointer(blocks + block * Self.blockSize)
            let left = base.loadUnaligned(as: SIMD8<Float>.self)
            let top = base.loadUnaligned(fromByteOffset: 32, as: SIMD8<Float>.self)
            let right = base.loadUnaligned(fromByteOffset: 64, as: SIMD8<Float>.self)
            let bottom = base.loadUnaligned(fromByteOffset: 96, as: SIMD8<Float>.self)
            let areas = base.loadUnaligned(fromByteOffset: 128, as: SIMD8<Float>.self)
            let width =
                right.replacing(with: xmax, where: xmax .< right) - left.replacing(with: xmin, where: xmin .> left)
            let height =
                bottom.replacing(with: ymax, where: ymax .< bottom) - top.replacing(with: ymin, where: ymin .> top)
            let intersection =
                width.replacing(with: zero, where: width .< zero) * height.replacing(with: zero, where: height .< zero)
            // Kept first, candidate second, as the sum is written in the scalar form.
            let union = areas + area - intersection
            if any(intersection / union .> threshold) { return true }
            remaining -= Self.lanes
            if remaining <= 0 { return false }
            block = successors[block]
        }
    }

    /// Keeps a box of a class.
    mutating func append(_ box: CornerBox, to group: Int) {
        let lane = counts[group] % Self.lanes
        if lane == 0 { chainBlock(to: group) }
        let base = blocks + lastBlocks[group] * Self.blockSize + lane
        base[0] = box.xmin
        base[Self.lanes] = box.ymin
        base[2 * Self.lanes] = box.xmax
        base[3 * Self.lanes] = box.ymax
        base[4 * Self.lanes] = box.area
        counts[group] += 1
    }

    /// Adds an empty block to the chain of a class.
    private mutating func chainBlock(to group: Int) {
        if blockCount == blockCapacity { grow() }
        let block = blockCount
        blockCount += 1
        (blocks + block * Self.blockSize).update(repeating: 0, count: Self.blockSize)
        if counts[group] == 0 { firstBlocks[group] = block } else { successors[lastBlocks[group]] = block }
        lastBlocks[group] = block
    }

    private mutating func grow() {
        let capacity = blockCapacity * 2
        let newBlocks = UnsafeMutablePointer<Float>.allocate(capacity: capacity * Self.blockSize)
        newBlocks.update(from: blocks, count: blockCapacity * Self.blockSize)
        blocks.deallocate()
        blocks = newBlocks
        let newSuccessors = UnsafeMutablePointer<Int>.allocate(capacity: capacity)
        newSuccessors.update(from: successors, count: blockCapacity)
        successors.deallocate()
        successors = newSuccessors
        blockCapacity = capacity
    }
}
