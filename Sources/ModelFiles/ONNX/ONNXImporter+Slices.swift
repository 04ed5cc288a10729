import MultiBox
import Networks

/// Parts of tensors. A convolution whose weights are 0 and 1 takes them out: of channels one of one pixel, of rows and columns
/// one that sees the first or the last of what its window spans.
extension ONNXImporter {
    /// Slice; false of what is no tensor of the network, or comes after the heads.
    mutating func slice(_ node: ONNXNode) throws(ModelFileError) -> Bool {
        guard let shape = try shape(node, 0) else { return false }
        for input in 1..<max(1, node.inputs.count) where node.has(input) && !isConstant(node, input) { return false }
        let taken = try ONNXShapes.slices(
            of: shape, starts: try list(node, "starts", 1), ends: try list(node, "ends", 2),
            axes: try list(node, "axes", 3), steps: node.has(4) ? try constant(node, 4).integers : nil, node)
        return try take(taken, of: shape, node, output: 0, isApart: taken.last.map { isApart($0, shape) } ?? false)
    }

    /// Whether columns are the four offsets of rows that have scores beside them, or these scores. Other columns of rows are
    /// what boxes are made of.
    private func isApart(_ columns: ONNXShapes.Taken, _ shape: [Int]) -> Bool {
        guard let width = shape.last, width > 4, columns.step == 1 else { return false }
        let rest = width - 4
        return [(0, 4), (4, rest), (0, rest)].contains { $0 == (columns.start, columns.count) }
            || width != 5 && (columns.start, columns.count) == (rest, 4)
    }

    /// Split along one axis.
    mutating func split(_ node: ONNXNode) throws(ModelFileError) -> Bool {
        guard let shape = try shape(node, 0) else { return false }
        if node.outputs.count == 1 {
            try define(node, try value(node, 0))
            return true
        }
        let axis = try ONNXShapes.axis(node.integer("axis", default: 0), of: shape, node)
        guard shape[axis] > 0 else { throw node.unsupported("nothing of \(shape)") }
        let parts = node.outputs.count
        // As equal as may be, the last the smallest.
        let equal = (shape[axis] + parts - 1) / parts
        let extents =
            try list(node, "split", 1)
            ?? (0..<parts).map { max(0, min(equal, shape[axis] - $0 * equal)) }
        guard extents.count == parts, extents.allSatisfy({ (1...shape[axis]).contains($0) }),
            extents.reduce(0, +) == shape[axis]
        else {
            throw node.unsupported("parts of \(extents) of \(shape)")
        }
        var start = 0
        for (output, extent) in extents.enumerated() {
            var taken = shape.map { ONNXShapes.Taken(start: 0, step: 1, count: $0) }
            taken[axis] = ONNXShapes.Taken(start: start, step: 1, count: extent)
            let isApart = axis == shape.count - 1 && shape[axis] > 4 && extents.contains(4)
            guard try take(taken, of: shape, node, output: output, isApart: isApart) else { return false }
            start += extent
        }
        return true
    }

    /// Takes a part of a feature map, or columns of rows if these are apart; false of others.
    private mutating func take(
        _ taken: [ONNXShapes.Taken], of shape: [Int], _ node: ONNXNode, output: Int, isApart: Bool
    ) throws(ModelFileError) -> Bool {
        guard taken.allSatisfy({ $0.count > 0 }) else { throw node.unsupported("nothing of \(shape)") }
        if isMap(node, 0) {
            var x = try map(node, 0)
            guard taken[0].count == 1, taken[2...].allSatisfy({ $0.step > 0 }) else {
                throw node.unsupported("rows or columns backwards")
            }
            if taken[1].count < shape[1] || taken[1].step < 0 { x = try columns(taken[1], of: x, node) }
            x = try crop(taken[2], taken[3], of: x, node)
            try define(node, .map(x), output: output)
            return true
        }
        guard isApart, case .rows = try value(node, 0), let (x, _) = try rows(node, 0),
            taken.indices.dropLast().allSatisfy({ taken[$0].count == shape[$0] && taken[$0].step == 1 }),
            let last = taken.last, let width = shape.last, builder[x].shape.elementCount % width == 0
        else { return false }
        // One pixel a row.
        let count = builder[x].shape.elementCount / width
        let map = try reshaped(x, to: [count, 1, width], node)
        let part = try columns(last, of: map, node)
        let moved = try reshaped(part, to: [count, last.count], node)
        try define(node, .rows(moved, shape: shape.dropLast() + [last.count]), output: output)
        return true
    }

    /// Some of the channels.
    private mutating func columns(
        _ taken: ONNXShapes.Taken, of x: TensorID, _ node: ONNXNode
    ) throws(ModelFileError) -> TensorID {
        let channels = builder[x].shape.channels
        guard let count = CheckedArithmetic.product([taken.count, channels]) else { throw node.unsupported("\(taken)") }
        try charge(count, node)
        var weights = [Float](repeating: 0, count: count)
        for index in 0..<taken.count { weights[index * channels + taken.start + index * taken.step] = 1 }
        let convolution = Convolution(
            window: Window(kernel: 1), grouping: .dense, outputChannels: taken.count,
            parameters: builder.floats(weights: weights), activation: .none)
        return try proven { () throws(NetworkError) in try builder.convolution(x, convolution, name: node.name) }
    }

    /// Some of the rows and columns.
    private mutating func crop(
        _ rows: ONNXShapes.Taken, _ columns: ONNXShapes.Taken, of x: TensorID, _ node: ONNXNode
    ) throws(ModelFileError) -> TensorID {
        let shape = builder[x].shape
        func rest(_ taken: ONNXShapes.Taken, _ extent: Int) -> Int {
            extent - taken.start - (taken.count - 1) * taken.step - 1
        }
        var y = x
        // What is left out in front, by the last of two pixels; then what is left out behind, by the first.
        y = try window(y, [rows.start, columns.start], isLast: true, strides: [1, 1], node)
        y = try window(
            y, [rest(rows, shape.height), rest(columns, shape.width)], isLast: false,
            strides: [rows.step, columns.step], node)
        return y
    }

    /// The first or the last pixel of windows that span so many more rows and columns than one.
    private mutating func window(
        _ x: TensorID, _ spans: [Int], isLast: Bool, strides: [Int], _ node: ONNXNode
    ) throws(ModelFileError) -> TensorID {
        guard spans != [0, 0] || strides != [1, 1] else { return x }
        guard (spans + strides).allSatisfy({ (0...Window.maximumExtent).contains($0) }) else {
            throw node.unsupported("more than \(Window.maximumExtent) rows or columns left out")
        }
        let channels = builder[x].shape.channels
        let kernel = spans.map { $0 > 0 ? 2 : 1 }
        let taps = kernel[0] * kernel[1]
        try charge(taps * channels, node)
        var weights = [Float](repeating: 0, count: taps * channels)
        let first = isLast ? (taps - 1) * channels : 0
        for index in first..<first + channels { weights[index] = 1 }
        let convolution = Convolution(
            window: Window(
                kernelHeight: kernel[0], kernelWidth: kernel[1], strideY: strides[0], strideX: strides[1],
                dilationY: max(1, spans[0]), dilationX: max(1, spans[1])),
            grouping: .depthwise, outputChannels: channels, parameters: builder.floats(weights: weights),
            activation: .none)
        return try proven { () throws(NetworkError) in try builder.convolution(x, convolution, name: node.name) }
    }
}
