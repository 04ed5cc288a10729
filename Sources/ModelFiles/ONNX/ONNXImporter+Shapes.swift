import Networks

extension ONNXImporter {
    /// What changes nothing when a network runs.
    mutating func pass(_ node: ONNXNode) throws(ModelFileError) {
        if node.kind == "Cast", ![1, 10, 11].contains(node.integer("to", default: 1)) {
            throw node.unsupported("whole numbers")
        }
        try define(node, try value(node, 0))
    }

    /// Concat: of feature maps along their channels or sides, of rows along any axis but the batch's.
    mutating func concatenation(_ node: ONNXNode) throws(ModelFileError) -> Bool {
        let stored = node.integer("axis", default: 0)
        if node.inputs.indices.allSatisfy({ isMap(node, $0) }) {
            var parts: [TensorID] = []
            for input in node.inputs.indices { parts.append(try map(node, input, inBytes: true)) }
            // Of batch, channels, height, width, where the axis is in ours.
            guard let axis = [1: 2, 2: 0, 3: 1, -3: 2, -2: 0, -1: 1][stored] else {
                throw node.unsupported("axis \(stored)")
            }
            parts = try inOneElement(parts, node)
            let y = try proven { () throws(NetworkError) in
                try builder.concatenation(parts, axis: axis, name: node.name)
            }
            try define(node, .map(y))
            return true
        }
        var parts: [TensorID] = []
        var shapes: [[Int]] = []
        for input in node.inputs.indices {
            guard let (id, shape) = try rows(node, input, inBytes: true) else { return false }
            parts.append(id)
            shapes.append(shape)
        }
        guard let first = shapes.first else { return false }
        let axis = try ONNXShapes.axis(stored, of: first, node)
        var joined = first
        joined[axis] = 0
        for shape in shapes {
            guard shape.count == first.count,
                shape.indices.allSatisfy({ $0 == axis || shape[$0] == first[$0] })
            else { throw node.unsupported("\(first) beside \(shape)") }
            joined[axis] += shape[axis]
        }
        // Ours are as the shape says, without the axes of 1 in front.
        let leading = first.prefix { $0 == 1 }.count
        guard axis >= min(leading, first.count - 1) else { return false }
        let dropped = min(leading, axis)
        var brought: [TensorID] = []
        for (id, shape) in zip(try inOneElement(parts, node), shapes) {
            brought.append(try reshaped(id, to: Array(shape[dropped...]), node))
        }
        let y = try proven { () throws(NetworkError) in
            try builder.concatenation(brought, axis: axis - dropped, name: node.name)
        }
        try define(node, .rows(y, shape: joined))
        return true
    }

    /// Parts of a concatenation as floats or, where all are of bytes and bytes come out, in the scale of the result.
    private mutating func inOneElement(_ parts: [TensorID], _ node: ONNXNode) throws(ModelFileError) -> [TensorID] {
        var element = ElementType.float32
        if let (quantization, following, _) = bytesFollowing(node, parts), following == .none {
            element = .uint8(quantization)
        }
        var result: [TensorID] = []
        for part in parts {
            guard element != .float32, builder[part].element != element else {
                result.append(element == .float32 ? try reals(part) : part)
                continue
            }
            result.append(
                try proven { () throws(NetworkError) in try builder.convert(part, to: element, name: node.name) })
        }
        return result
    }

    /// Transpose between the layouts of channels, or of axes that are 1; false of what is neither.
    mutating func transpose(_ node: ONNXNode) throws(ModelFileError) -> Bool {
        guard let shape = try shape(node, 0) else { return false }
        let order = node.integers("perm") ?? Array(shape.indices.reversed())
        guard order.sorted() == Array(shape.indices) else { throw node.unsupported("the order \(order) of \(shape)") }
        let moved = order.map { shape[$0] }
        if isMap(node, 0) {
            let x = try map(node, 0, inBytes: true)
            // As ours lies; or no two of its axes that are more than 1 change their order.
            let ours = [0, 2, 3, 1].filter { shape[$0] != 1 }
            guard order.filter({ shape[$0] != 1 }) == ours else {
                throw node.unsupported("the order \(order) of \(shape)")
            }
            try define(node, .rows(x, shape: moved))
            return true
        }
        if case .split(let x, _, let sides) = try value(node, 0) {
            // Height and width first, then the channels as they were taken apart: as ours lies.
            let last = shape.count - sides
            guard order == [0] + Array(last..<shape.count) + Array(1..<last) else {
                throw node.unsupported("the order \(order) of \(shape)")
            }
            try define(node, .rows(x, shape: moved))
            return true
        }
        let axes = shape.indices.filter { shape[$0] != 1 }
        let keepsOrder = order.filter { shape[$0] != 1 } == axes
        guard keepsOrder || order == [0, 3, 1, 2] && shape[0] == 1,
            let (x, _) = try rows(node, 0, inBytes: true)
        else { return false }
        if keepsOrder {
            try define(node, .rows(x, shape: moved))
            return true
        }
        try define(node, .map(try reshaped(x, to: Array(shape[1...]), node)))
        return true
    }

    /// Reshape, Flatten, Squeeze, Unsqueeze: the same elements in the same order under another shape.
    mutating func reshape(_ node: ONNXNode) throws(ModelFileError) -> Bool {
        guard let shape = try shape(node, 0) else { return false }
        let target: [Int]
        switch node.kind {
        case "Reshape":
            guard !node.has(1) || isConstant(node, 1) else { return false }
            target = try ONNXShapes.shape(try list(node, "shape", 1) ?? [], for: shape, node)
        case "Flatten":
            let axis = node.integer("axis", default: 1)
            guard (1...shape.count).contains(axis) else { throw node.unsupported("axis \(axis) of \(shape)") }
            target = [shape[..<axis].reduce(1, *), shape[axis...].reduce(1, *)]
        case "Squeeze": target = try ONNXShapes.squeezed(shape, try list(node, "axes", 1), node)
        default: target = try ONNXShapes.unsqueezed(shape, try list(node, "axes", 1) ?? [], node)
        }
        if isMap(node, 0) {
            let x = try map(node, 0, inBytes: true)
            if target == shape {
                try define(node, .map(x))
            } else {
                // In the file channels are outermost, here innermost: the same where there is one of either.
                let map = builder[x].shape
                if let sides = Self.sidesKept(by: target, of: map) {
                    try define(node, .split(x, shape: target, sides: sides))
                    return true
                }
                guard map.channels == 1 || map.pixels == 1 else {
                    throw node.unsupported("\(shape) as \(target): channels would have to be moved")
                }
                if target.count == 4, target[0] == 1, target[1] == map.elementCount {
                    try define(node, .map(try reshaped(x, to: [1, 1, map.elementCount], node)))
                } else {
                    try define(node, .rows(x, shape: target))
                }
            }
            return true
        }
        if case .confidences(let logits, _, let confidence) = try value(node, 0), target.last == shape.last {
            try define(node, .confidences(logits: logits, shape: target, confidence))
            return true
        }
        guard let (x, _) = try rows(node, 0, inBytes: true) else { return false }
        if target.count == 4, target[0] == 1, target[2] == 1, target[3] == 1 {
            try define(node, .map(try reshaped(x, to: [1, 1, target[1]], node)))
        } else {
            try define(node, .rows(x, shape: target))
        }
        return true
    }

    /// How many axes of a shape are those of a feature map's sides, where its channels alone are taken apart: two, or one
    /// for both; nil where it is another.
    private static func sidesKept(by target: [Int], of map: TensorShape) -> Int? {
        guard target.first == 1, target.count > 3 else { return nil }
        for sides in [[map.height, map.width], [map.height * map.width]]
        where target.count > sides.count + 2 && Array(target.suffix(sides.count)) == sides {
            return target.dropFirst().dropLast(sides.count).reduce(1, *) == map.channels ? sides.count : nil
        }
        return nil
    }

    /// A tensor with other extents, if it has not those already.
    mutating func reshaped(_ x: TensorID, to dimensions: [Int], _ node: ONNXNode) throws(ModelFileError) -> TensorID {
        guard builder[x].shape.dimensions != dimensions else { return x }
        return try proven { () throws(NetworkError) in
            try builder.reshape(x, to: TensorShape(dimensions), name: node.name)
        }
    }
}
