import MultiBox

/// How a sparse constant's stored elements lie in its tensor: a level for each extent, and one for each extent of a block, in
/// the order in which they are walked (TensorFlow Lite's schema, `SparsityParameters`).
struct TFLiteSparsity {
    /// The most levels: an extent of a tensor may be blocked once.
    private static let maximumLevels = 2 * TFLiteTensor.maximumRank

    /// One level.
    private enum Level {
        /// All of so many indices.
        case dense(Int)
        /// The indices that are listed: those of the parent's element p lie from `segments[p]` to `segments[p + 1]`.
        case sparse(segments: [Int], indices: [Int])
    }

    /// A place on the way down: the level, its element so far, and how many are left.
    private struct Walk {
        var next: Int
        var end: Int
        var parent: Int
    }

    private let levels: [Level]
    /// What the index of each level counts by in the flattened tensor.
    private let steps: [Int]

    /// Reads the sparsity of a tensor of this shape.
    init(_ table: FlatBufferTable, shape: [Int]) throws(ModelFileError) {
        let rank = shape.count
        func wrong(_ reason: String) -> ModelFileError {
            table.reader.malformed("a sparse tensor \(reason)", at: table.offset)
        }
        let order = try table.vector(0, elementSize: 4, "a traversal order")
            .int32s("levels of a sparse tensor", limit: Self.maximumLevels)
        let blocked = try table.vector(1, elementSize: 4, "a block map")
            .int32s("blocks of a sparse tensor", limit: TFLiteTensor.maximumRank)
        let metadata = try table.vector(2, elementSize: 4, "the levels of a sparse tensor")
        guard rank > 0, order.count == rank + blocked.count, metadata.count == order.count,
            order.sorted() == Array(order.indices), order.prefix(rank).allSatisfy({ $0 < rank }),
            blocked.allSatisfy({ shape.indices.contains($0) }), Set(blocked).count == blocked.count
        else { throw wrong("has levels that are not those of its shape \(shape)") }
        // Blocks come last, and divide the extents that they are of.
        var blockSizes = [Int](repeating: 1, count: rank)
        for level in rank..<order.count {
            let extent = blocked[order[level] - rank]
            let size = try metadata.table(level, "a level of a sparse tensor").int32(1)
            guard size > 0, shape[extent].isMultiple(of: size) else { throw wrong("has blocks of \(size)") }
            blockSizes[extent] = size
        }
        var strides = [Int](repeating: 1, count: rank)
        for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
        var (levels, steps) = ([Level](), [Int]())
        for (index, level) in order.enumerated() {
            let axis = index < rank ? level : blocked[level - rank]
            let extent = index < rank ? shape[axis] / blockSizes[axis] : blockSizes[axis]
            steps.append(index < rank ? strides[axis] * blockSizes[axis] : strides[axis])
            levels.append(try Self.level(metadata.table(index, "a level of a sparse tensor"), extent: extent))
        }
        (self.levels, self.steps) = (levels, steps)
    }

    private static func level(_ table: FlatBufferTable, extent: Int) throws(ModelFileError) -> Level {
        func wrong(_ reason: String) -> ModelFileError {
            table.reader.malformed("a level of a sparse tensor \(reason)", at: table.offset)
        }
        switch try table.int8(0) {
        case 0:
            let size = try table.int32(1)
            guard size == extent else { throw wrong("has \(size) indices for an extent of \(extent)") }
            return .dense(size)
        case 1:
            let segments = try integers(table, 2)
            let indices = try integers(table, 4)
            // Segments that do not overlap are walked once, whatever the parent.
            guard let first = segments.first, let last = segments.last, first >= 0, last <= indices.count,
                zip(segments, segments.dropFirst()).allSatisfy({ $0 <= $1 }),
                indices.allSatisfy({ (0..<extent).contains($0) })
            else { throw wrong("has segments or indices that are not within it") }
            return .sparse(segments: segments, indices: indices)
        case let other: throw wrong("has the format \(other)")
        }
    }

    /// A vector of integers of one of three widths, whose kind stands in the field before it.
    private static func integers(_ table: FlatBufferTable, _ field: Int) throws(ModelFileError) -> [Int] {
        let kind = try table.int8(field)
        guard (1...3).contains(kind), let vector = try table.table(field + 1, "the indices of a sparse tensor") else {
            throw table.reader.malformed("a level of a sparse tensor lists no indices", at: table.offset)
        }
        let width = [4, 2, 1][kind - 1]
        let values = try vector.vector(0, elementSize: width, "the indices of a sparse tensor")
        var result: [Int] = []
        result.reserveCapacity(values.count)
        for index in 0..<values.count { result.append(try values.integer(index, width: width)) }
        return result
    }

    /// The places in the flattened tensor of the elements that are stored, in their order.
    ///
    /// - Throws: `malformed` if they are not `count`.
    func places(count: Int, _ malformed: (String) -> ModelFileError) throws(ModelFileError) -> [Int] {
        var places: [Int] = []
        places.reserveCapacity(count)
        var walks: [Walk] = [try walk(0, parent: 0, malformed)]
        var indices: [Int] = []
        while let top = walks.last {
            let depth = walks.count - 1
            guard top.next < top.end else {
                walks.removeLast()
                indices.removeLast(min(indices.count, 1))
                continue
            }
            walks[depth].next += 1
            let (index, element): (Int, Int)
            switch levels[depth] {
            case .dense(let size): (index, element) = (top.next, top.parent * size + top.next)
            case .sparse(_, let listed): (index, element) = (listed[top.next], top.next)
            }
            if depth == levels.count - 1 {
                guard places.count < count else { throw malformed("has more places than elements") }
                places.append(zip(indices, steps).reduce(index * steps[depth]) { $0 + $1.0 * $1.1 })
            } else {
                walks.append(try walk(depth + 1, parent: element, malformed))
                indices.append(index)
            }
        }
        guard places.count == count else { throw malformed("has \(places.count) places for \(count) elements") }
        return places
    }

    private func walk(
        _ depth: Int, parent: Int, _ malformed: (String) -> ModelFileError
    ) throws(ModelFileError) -> Walk {
        switch levels[depth] {
        case .dense(let size): return Walk(next: 0, end: size, parent: parent)
        case .sparse(let segments, _):
            guard parent + 1 < segments.count else { throw malformed("has a level with too few segments") }
            return Walk(next: segments[parent], end: segments[parent + 1], parent: parent)
        }
    }
}
