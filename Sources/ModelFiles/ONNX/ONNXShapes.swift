import MultiBox
import Platform

/// What nodes do that only move numbers or look at shapes.
enum ONNXShapes {
    /// What a node makes; nil where it is of another kind.
    static func evaluate(
        _ node: ONNXNode, _ inputs: [ONNXTensor?], operatorSet: Int
    ) throws(ModelFileError) -> [ONNXTensor]? {
        func input(_ index: Int) throws(ModelFileError) -> ONNXTensor {
            guard inputs.indices.contains(index), let tensor = inputs[index] else {
                throw node.unsupported("it has no input \(index)")
            }
            return tensor
        }
        /// An attribute that later operator sets have as an input.
        func list(_ name: String, _ index: Int) -> [Int]? {
            inputs.indices.contains(index) ? inputs[index]?.integers : node.integers(name)
        }
        switch node.kind {
        case "Shape": return [ONNXTensor(try part(of: input(0).shape, node))]
        case "Size": return [ONNXTensor(try input(0).count)]
        case "Reshape":
            let x = try input(0)
            let target = list("shape", 1) ?? []
            return [x.reshaped(try shape(target, for: x.shape, node))]
        case "Flatten":
            let x = try input(0)
            let axis = node.integer("axis", default: 1)
            guard (0...x.shape.count).contains(axis < 0 ? axis + x.shape.count : axis) else {
                throw node.unsupported("axis \(axis) of \(x.shape)")
            }
            let split = axis < 0 ? axis + x.shape.count : axis
            return [x.reshaped([x.shape[..<split].reduce(1, *), x.shape[split...].reduce(1, *)])]
        case "Squeeze":
            let x = try input(0)
            return [x.reshaped(try squeezed(x.shape, list("axes", 1), node))]
        case "Unsqueeze":
            let x = try input(0)
            return [x.reshaped(try unsqueezed(x.shape, list("axes", 1) ?? [], node))]
        case "Transpose":
            let x = try input(0)
            let order = node.integers("perm") ?? Array(x.shape.indices.reversed())
            return [try transposed(x, order, node)]
        case "Expand":
            let x = try input(0)
            let shape = try broadcast(x.shape, input(1).integers ?? [], node)
            return [gathered(x, indices(of: x.shape, in: shape), shape)]
        case "Tile": return [try tiled(node, input(0), input(1))]
        case "Concat": return [try concatenated(node, inputs)]
        case "Gather": return [try gathered(node, input(0), input(1))]
        case "Slice":
            let x = try input(0)
            let slices = try slices(
                of: x.shape, starts: list("starts", 1), ends: list("ends", 2), axes: list("axes", 3),
                steps: inputs.count > 4 ? inputs[4]?.integers : nil, node)
            return [sliced(x, slices)]
        case "Split": return try split(node, inputs)
        default: return nil
        }
    }

    // MARK: Shapes

    /// An axis, counted from the end where it is negative.
    static func axis(_ axis: Int, of shape: [Int], _ node: ONNXNode) throws(ModelFileError) -> Int {
        let index = axis < 0 ? axis + shape.count : axis
        guard shape.indices.contains(index) else { throw node.unsupported("axis \(axis) of \(shape)") }
        return index
    }

    /// What a Shape node tells of a shape: from operator set 15 on it may be a part.
    static func part(of shape: [Int], _ node: ONNXNode) throws(ModelFileError) -> [Int] {
        func place(_ stored: Int) -> Int { min(max(stored < 0 ? stored + shape.count : stored, 0), shape.count) }
        let (start, end) = (place(node.integer("start", default: 0)), place(node.integer("end", default: shape.count)))
        return start < end ? Array(shape[start..<end]) : []
    }

    /// The shape of a Reshape: 0 for the extent that is there, one −1 for what remains.
    static func shape(_ target: [Int], for shape: [Int], _ node: ONNXNode) throws(ModelFileError) -> [Int] {
        var extents: [Int] = []
        for (index, extent) in target.enumerated() {
            let extent = extent == 0 && shape.indices.contains(index) ? shape[index] : extent
            guard extent >= -1 else { throw node.unsupported("the shape \(target) of \(shape)") }
            extents.append(extent)
        }
        let count = shape.reduce(1, *)
        guard let known = CheckedArithmetic.product(extents.filter { $0 != -1 }),
            extents.count(where: { $0 == -1 }) <= 1, extents.count <= ONNXTensor.maximumRank
        else { throw node.unsupported("the shape \(target) of \(shape)") }
        if let rest = extents.firstIndex(of: -1) {
            guard known > 0, count % known == 0 else { throw node.unsupported("the shape \(target) of \(shape)") }
            extents[rest] = count / known
        }
        guard CheckedArithmetic.product(extents) == count else {
            throw node.unsupported("the shape \(target) of \(shape)")
        }
        return extents
    }

    /// A shape without some extents of 1; without all of them where no axes are named.
    static func squeezed(_ shape: [Int], _ axes: [Int]?, _ node: ONNXNode) throws(ModelFileError) -> [Int] {
        guard let axes else { return shape.filter { $0 != 1 } }
        var dropped: Set<Int> = []
        for axis in axes {
            let index = try Self.axis(axis, of: shape, node)
            guard shape[index] == 1 else { throw node.unsupported("axis \(axis) of \(shape)") }
            dropped.insert(index)
        }
        return shape.enumerated().filter { !dropped.contains($0.offset) }.map(\.element)
    }

    /// A shape with more extents of 1, at these places of the result.
    static func unsqueezed(_ shape: [Int], _ axes: [Int], _ node: ONNXNode) throws(ModelFileError) -> [Int] {
        let rank = shape.count + axes.count
        guard rank <= ONNXTensor.maximumRank else { throw node.unsupported("\(rank) axes") }
        var places: Set<Int> = []
        for axis in axes {
            let place = axis < 0 ? axis + rank : axis
            guard (0..<rank).contains(place), places.insert(place).inserted else {
                throw node.unsupported("axis \(axis) beside \(shape)")
            }
        }
        var rest = shape[...]
        return (0..<rank).map { places.contains($0) ? 1 : rest.removeFirst() }
    }

    /// The shape of two that are brought to one.
    static func broadcast(_ a: [Int], _ b: [Int], _ node: ONNXNode) throws(ModelFileError) -> [Int] {
        let rank = max(a.count, b.count)
        let (left, right) = (padded(a, rank), padded(b, rank))
        var shape: [Int] = []
        for (x, y) in zip(left, right) {
            guard x == y || x == 1 || y == 1 else { throw node.unsupported("\(a) beside \(b)") }
            shape.append(x == 1 ? y : x)
        }
        guard let count = ONNXTensor.count(of: shape), count <= ONNXEvaluator.maximumCount else {
            throw node.unsupported("\(a) beside \(b)")
        }
        return shape
    }

    private static func padded(_ shape: [Int], _ rank: Int) -> [Int] {
        Array(repeating: 1, count: max(0, rank - shape.count)) + shape
    }

    /// For each number of `shape`, where its own is in a tensor that was brought to it.
    static func indices(of own: [Int], in shape: [Int]) -> [Int] {
        let extents = padded(own, shape.count)
        var strides = [Int](repeating: 0, count: shape.count)
        var step = 1
        for axis in shape.indices.reversed() {
            strides[axis] = extents[axis] == 1 ? 0 : step
            step *= extents[axis]
        }
        return walk(shape, strides)
    }

    /// Offsets of all numbers of a shape, by the step of each axis.
    private static func walk(_ shape: [Int], _ strides: [Int], from start: Int = 0) -> [Int] {
        var offsets = [start]
        for (extent, stride) in zip(shape, strides) {
            var next: [Int] = []
            next.reserveCapacity(offsets.count * extent)
            for offset in offsets { for index in 0..<extent { next.append(offset + index * stride) } }
            offsets = next
        }
        return offsets
    }

    // MARK: Numbers

    private static func gathered(_ x: ONNXTensor, _ indices: [Int], _ shape: [Int]) -> ONNXTensor {
        switch x.elements {
        case .floats(let values): ONNXTensor(shape: shape, .floats(indices.map { values[$0] }))
        case .integers(let values): ONNXTensor(shape: shape, .integers(indices.map { values[$0] }))
        }
    }

    static func transposed(_ x: ONNXTensor, _ order: [Int], _ node: ONNXNode) throws(ModelFileError) -> ONNXTensor {
        guard order.sorted() == Array(x.shape.indices) else {
            throw node.unsupported("the order \(order) of \(x.shape)")
        }
        var strides = [Int](repeating: 1, count: x.shape.count)
        for axis in x.shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * x.shape[axis + 1] }
        let shape = order.map { x.shape[$0] }
        return gathered(x, walk(shape, order.map { strides[$0] }), shape)
    }

    /// A tensor beside itself, so many times along each axis.
    private static func tiled(
        _ node: ONNXNode, _ x: ONNXTensor, _ repeats: ONNXTensor
    ) throws(ModelFileError) -> ONNXTensor {
        guard let times = repeats.integers, times.count == x.shape.count, times.allSatisfy({ $0 >= 0 }) else {
            throw node.unsupported("\(repeats.integers ?? []) times \(x.shape)")
        }
        // Each axis as two, of which the outer one goes over the same numbers again.
        var (pairs, steps): ([Int], [Int]) = ([], [])
        var step = x.count
        for (extent, repeats) in zip(x.shape, times) {
            step = extent == 0 ? 0 : step / extent
            pairs += [repeats, extent]
            steps += [0, step]
        }
        guard let count = CheckedArithmetic.product(pairs), count <= ONNXEvaluator.maximumCount else {
            throw node.unsupported("\(times) times \(x.shape)")
        }
        return gathered(x, walk(pairs, steps), zip(x.shape, times).map { $0 * $1 })
    }

    private static func concatenated(_ node: ONNXNode, _ inputs: [ONNXTensor?]) throws(ModelFileError) -> ONNXTensor {
        let parts = inputs.compactMap { $0 }
        guard parts.count == inputs.count, let first = parts.first else { throw node.unsupported("it has no inputs") }
        let axis = try axis(node.integer("axis", default: 0), of: first.shape, node)
        var shape = first.shape
        shape[axis] = 0
        for part in parts {
            var other = part.shape
            guard other.count == shape.count else { throw node.unsupported("\(first.shape) beside \(part.shape)") }
            other[axis] = first.shape[axis]
            guard other == first.shape else { throw node.unsupported("\(first.shape) beside \(part.shape)") }
            shape[axis] += part.shape[axis]
        }
        guard let count = ONNXTensor.count(of: shape), count <= ONNXEvaluator.maximumCount else {
            throw node.unsupported("the shape \(shape)")
        }
        let inner = shape[(axis + 1)...].reduce(1, *)
        let outer = shape[..<axis].reduce(1, *)
        guard parts.allSatisfy({ $0.integers != nil }) else {
            let lists = parts.map { (values: $0.floats, run: $0.shape[axis] * inner) }
            return ONNXTensor(shape: shape, .floats(interleaved(lists, rows: outer)))
        }
        let lists = parts.map { (values: $0.integers ?? [], run: $0.shape[axis] * inner) }
        return ONNXTensor(shape: shape, .integers(interleaved(lists, rows: outer)))
    }

    /// A run of each list in turn, as many times as there are rows.
    private static func interleaved<Value>(_ lists: [(values: [Value], run: Int)], rows: Int) -> [Value] {
        var result: [Value] = []
        for row in 0..<rows {
            for list in lists { result += list.values[row * list.run..<(row + 1) * list.run] }
        }
        return result
    }

    private static func gathered(
        _ node: ONNXNode, _ x: ONNXTensor, _ indices: ONNXTensor
    ) throws(ModelFileError) -> ONNXTensor {
        let axis = try axis(node.integer("axis", default: 0), of: x.shape, node)
        guard let wanted = indices.integers else { throw node.unsupported("indices that are not whole numbers") }
        let extent = x.shape[axis]
        var places: [Int] = []
        for index in wanted {
            let place = index < 0 ? index + extent : index
            guard (0..<extent).contains(place) else { throw node.unsupported("index \(index) of \(extent)") }
            places.append(place)
        }
        let shape = Array(x.shape[..<axis]) + indices.shape + Array(x.shape[(axis + 1)...])
        guard let count = ONNXTensor.count(of: shape), count <= ONNXEvaluator.maximumCount else {
            throw node.unsupported("the shape \(shape)")
        }
        let inner = x.shape[(axis + 1)...].reduce(1, *)
        let outer = x.shape[..<axis].reduce(1, *)
        let offsets = (0..<outer).flatMap { row in
            places.flatMap { place in (0..<inner).map { (row * extent + place) * inner + $0 } }
        }
        return gathered(x, offsets, shape)
    }

    /// What a Slice takes of each axis: where it begins, its step and how many.
    struct Taken: Hashable {
        var start: Int
        var step: Int
        var count: Int
    }

    /// The slices of all axes.
    static func slices(
        of shape: [Int], starts: [Int]?, ends: [Int]?, axes: [Int]?, steps: [Int]?, _ node: ONNXNode
    ) throws(ModelFileError) -> [Taken] {
        guard let starts, let ends, starts.count == ends.count, (axes ?? starts).count == starts.count,
            (steps ?? starts).count == starts.count
        else { throw node.unsupported("its limits are not constants, or not one for each axis") }
        var taken = shape.map { Taken(start: 0, step: 1, count: $0) }
        for index in starts.indices {
            let axis = try axis(axes?[index] ?? index, of: shape, node)
            let (extent, step) = (shape[axis], steps?[index] ?? 1)
            guard step != 0, step.magnitude <= 1 << 32 else { throw node.unsupported("a step of \(step)") }
            func place(_ stored: Int, _ range: ClosedRange<Int>) -> Int {
                // As Python has it: from the end where it is negative, then within what there is.
                let place = stored < 0 ? stored + extent : stored
                return min(max(place, range.lowerBound), range.upperBound)
            }
            if step > 0 {
                let (start, end) = (place(starts[index], 0...extent), place(ends[index], 0...extent))
                taken[axis] = Taken(start: start, step: step, count: max(0, (end - start + step - 1) / step))
            } else {
                guard extent > 0 else { continue }
                let start = place(starts[index], 0...extent - 1)
                let end = ends[index] < -extent ? -1 : place(ends[index], 0...extent - 1)
                taken[axis] = Taken(start: start, step: step, count: max(0, (start - end - step - 1) / -step))
            }
        }
        return taken
    }

    private static func sliced(_ x: ONNXTensor, _ slices: [Taken]) -> ONNXTensor {
        var strides = [Int](repeating: 1, count: x.shape.count)
        for axis in x.shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * x.shape[axis + 1] }
        let start = zip(slices, strides).reduce(0) { $0 + $1.0.start * $1.1 }
        let shape = slices.map(\.count)
        return gathered(x, walk(shape, zip(slices, strides).map { $0.step * $1 }, from: start), shape)
    }

    private static func split(_ node: ONNXNode, _ inputs: [ONNXTensor?]) throws(ModelFileError) -> [ONNXTensor] {
        guard let x = inputs.first ?? nil else { throw node.unsupported("it has no input 0") }
        let axis = try axis(node.integer("axis", default: 0), of: x.shape, node)
        let listed = inputs.count > 1 ? inputs[1]?.integers : node.integers("split")
        let sizes = try splitSizes(listed, extent: x.shape[axis], node)
        var start = 0
        return sizes.map { size in
            var taken = x.shape.map { Taken(start: 0, step: 1, count: $0) }
            taken[axis] = Taken(start: start, step: 1, count: size)
            start += size
            return sliced(x, taken)
        }
    }

    /// The extents of the parts of a Split: as listed, or as equal as can be.
    static func splitSizes(_ listed: [Int]?, extent: Int, _ node: ONNXNode) throws(ModelFileError) -> [Int] {
        let parts = node.outputs.count
        guard parts > 0 else { throw node.unsupported("it has no outputs") }
        let size = (extent + parts - 1) / parts
        let sizes = listed ?? (0..<parts).map { max(0, min(size, extent - $0 * size)) }
        guard sizes.count == parts, sizes.allSatisfy({ (0...extent).contains($0) }), sizes.reduce(0, +) == extent else {
            throw node.unsupported("parts of \(sizes)")
        }
        return sizes
    }
}
