extension ONNXImporter {
    /// What is done to the photo before the first layer: axes that are moved, and values that are scaled; false where it is
    /// something else.
    mutating func transformImage(_ node: ONNXNode) throws(ModelFileError) -> Bool {
        guard case .image(var image) = try value(node, node.inputs.firstIndex { isImage($0) } ?? 0) else {
            return false
        }
        switch node.kind {
        case "Identity", "Cast": break
        case "Unsqueeze":
            guard let axes = try list(node, "axes", 1), axes == [0] || axes == [-4], image.shape.count == 3 else {
                return false
            }
            image.shape.insert(1, at: 0)
            image.channelAxis += 1
        case "Squeeze", "Gather":
            guard try takesFirst(node), image.shape.count == 4, image.shape[0] == 1, image.channelAxis > 0 else {
                return false
            }
            image.shape.removeFirst()
            image.channelAxis -= 1
        case "Transpose":
            guard let order = node.integers("perm"), order.sorted() == Array(image.shape.indices) else { return false }
            let extents = image.shape
            let moved = order.map { extents[$0] }
            guard let axis = order.firstIndex(of: image.channelAxis),
                // Rows stay before columns.
                order.filter({ $0 != image.channelAxis })
                    == Array(image.shape.indices).filter({ $0 != image.channelAxis })
            else { throw node.unsupported("the order \(order) of \(image.shape)") }
            image.shape = moved
            image.channelAxis = axis
        case "Add", "Sub", "Mul", "Div":
            guard try scale(&image, node) else { return false }
        case "Concat":
            guard node.inputs.count == 1 else { return false }
        case "Split":
            guard node.outputs.count == 1 else { return false }
        case "Reshape":
            guard let target = try list(node, "shape", 1),
                try ONNXShapes.shape(target, for: image.shape, node) == image.shape
            else { return false }
        case "Pad":
            guard let pads = try list(node, "pads", 1), pads.allSatisfy({ $0 == 0 }) else { return false }
        case "Resize":
            // A photo comes in the size that it is resized to.
            guard node.has(3), try constant(node, 3).integers.map({ image.shape.suffix($0.count) == $0[...] }) == true
            else { throw node.unsupported("a photo that is resized to another size") }
        default: return false
        }
        try define(node, .image(image))
        return true
    }

    /// Whether a node takes the first of what the batch's axis has, and the axis away.
    private func takesFirst(_ node: ONNXNode) throws(ModelFileError) -> Bool {
        guard node.kind == "Gather" else { return try list(node, "axes", 1) == [0] }
        let index = try constant(node, 1)
        return node.integer("axis", default: 0) == 0 && index.integers == [0] && index.shape.isEmpty
    }

    private func isImage(_ name: String) -> Bool {
        if case .image = value(named: name) { return true }
        return false
    }

    /// Arithmetic of each channel with a constant.
    private func scale(_ image: inout ONNXImage, _ node: ONNXNode) throws(ModelFileError) -> Bool {
        guard node.inputs.count == 2, isConstant(node, 0) != isConstant(node, 1) else { return false }
        let isSecond = isConstant(node, 1)
        let tensor = try constant(node, isSecond ? 1 : 0)
        guard
            let numbers = ONNXImporter.perChannel(tensor, rank: image.shape.count, axis: image.channelAxis, channels: 3)
        else { return false }
        let factor = SIMD3(numbers[0], numbers[1], numbers[2])
        switch (node.kind, isSecond) {
        case ("Add", _): image.bias += factor
        case ("Sub", true): image.bias -= factor
        case ("Sub", false): (image.scale, image.bias) = (-image.scale, factor - image.bias)
        case ("Mul", _): (image.scale, image.bias) = (image.scale * factor, image.bias * factor)
        case ("Div", true): (image.scale, image.bias) = (image.scale / factor, image.bias / factor)
        default: return false
        }
        return true
    }

    /// The numbers of a constant that has one for each channel, or one for all, brought to a value of `rank` axes; nil where
    /// it has others.
    static func perChannel(_ tensor: ONNXTensor, rank: Int, axis: Int, channels: Int) -> [Float]? {
        if tensor.count == 1 { return Array(repeating: tensor.floats[0], count: channels) }
        guard tensor.count == channels, tensor.shape.count <= rank else { return nil }
        let shape = Array(repeating: 1, count: rank - tensor.shape.count) + tensor.shape
        return shape.enumerated().allSatisfy { $0.element == ($0.offset == axis ? channels : 1) } ? tensor.floats : nil
    }
}
