/// The boxes that greedy suppression has kept so far, by coordinate, so that a candidate meets eight of them at a time.
///
/// It owns its memory; a full block is padded with empty boxes, which overlap nothing.
struct KeptBoxes: ~Copyable {
    private static var lanes: Int { 8 }
    private let memory: UnsafeMutablePointer<Float>
    private let capacity: Int
    private(set) var count = 0

    /// Room for `capacity` boxes.
    init(capacity: Int) {
        self.capacity = (capacity + Self.lanes - 1) / Self.lanes * Self.lanes
        memory = .allocate(capacity: max(1, self.capacity * 5))
        memory.initialize(repeating: 0, count: max(1, self.capacity * 5))
    }

    deinit { memory.deallocate() }

    mutating func removeAll() { count = 0 }

    @inline(__always)
    private func block(_ plane: Int, _ first: Int) -> SIMD8<Float> {
        UnsafeRawPointer(memory + plane * capacity + first).loadUnaligned(as: SIMD8<Float>.self)
    }

    /// Whether the overlap of `box` with a kept box is above `threshold`, which is not negative.
    ///
    /// The arithmetic is that of `CornerBox.intersectionOverUnion`, division included, so that results agree with it and
    /// with TFLite's to the last bit.
    @inline(__always)
    func overlaps(_ box: CornerBox, above threshold: Float) -> Bool {
        let area = box.area
        guard area > 0 else { return false }
        let zero = SIMD8<Float>(repeating: 0)
        let (xmin, ymin) = (SIMD8(repeating: box.xmin), SIMD8(repeating: box.ymin))
        let (xmax, ymax) = (SIMD8(repeating: box.xmax), SIMD8(repeating: box.ymax))
        var first = 0
        while first < count {
            let (left, top) = (block(0, first), block(1, first))
            let (right, bottom) = (block(2, first), block(3, first))
            let width =
                right.replacing(with: xmax, where: xmax .< right) - left.replacing(with: xmin, where: xmin .> left)
            let height =
                bottom.replacing(with: ymax, where: ymax .< bottom) - top.replacing(with: ymin, where: ymin .> top)
            let intersection =
                width.replacing(with: zero, where: width .< zero) * height.replacing(with: zero, where: height .< zero)
            let union = block(4, first) + area - intersection
            if any(intersection / union .> threshold) { return true }
            first += Self.lanes
        }
        return false
    }

    /// Keeps a box; there is room by construction.
    mutating func append(_ box: CornerBox) {
        precondition(count < capacity, "more boxes than there is room for")
        if count % Self.lanes == 0 {
            for plane in 0..<5 {
                for lane in 0..<Self.lanes { memory[plane * capacity + count + lane] = 0 }
            }
        }
        memory[count] = box.xmin
        memory[capacity + count] = box.ymin
        memory[2 * capacity + count] = box.xmax
        memory[3 * capacity + count] = box.ymax
        memory[4 * capacity + count] = box.area
        count += 1
    }
}
