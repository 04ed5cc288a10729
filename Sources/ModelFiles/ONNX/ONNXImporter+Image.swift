import Networks

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
        case "Gather" where try reversesChannels(image, node):
            image.isReversed.toggle()
            image.scale = SIMD3(image.scale.z, image.scale.y, image.scale.x)
            image.bias = SIMD3(image.bias.z, image.bias.y, image.bias.x)
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
            try resizePhoto(&image, node)
        case "QuantizeLinear":
            // Bytes as they come; others are made of floats by a layer.
            guard builder[builder.inputTensor].element != .float32 else { return false }
            guard image.scale == .one, image.bias == .zero else { throw node.unsupported("a photo that was scaled") }
            try define(node, .bytes(.map(try begin(with: image, node))))
            return true
        default: return false
        }
        try define(node, .image(image))
        return true
    }

    /// The quantization of the photo's bytes, where the graph makes bytes of the photo without any arithmetic before.
    func quantization(ofPhoto name: String) -> Quantization? {
        var (name, last) = (name, -1)
        while let index = readers.soleReader(of: name), index > last {
            last = index
            let node = ONNXNode(file.graph.node[index], index: index)
            guard node.isStandard, node.outputs.count == 1 else { return nil }
            switch node.kind {
            case "Identity", "Cast", "Transpose", "Unsqueeze", "Gather": name = node.outputs[0]
            case "QuantizeLinear":
                // Of numbers 0 to 1, or 0 to 255.
                guard let scales = scales(node), let made = scales.quantization, !scales.isSigned, made.zeroPoint == 0,
                    abs(made.scale * 255 - 1) < 1e-5 || made.scale == 1, let reader = soleReader(of: node),
                    reader.kind == "DequantizeLinear"
                else { return nil }
                return self.scales(reader)?.quantization
            default: return nil
            }
        }
        return nil
    }

    /// Whether a node puts the last of the channels first.
    private func reversesChannels(_ image: ONNXImage, _ node: ONNXNode) throws(ModelFileError) -> Bool {
        let axis = node.integer("axis", default: 0)
        return try constant(node, 1).integers == [2, 1, 0]
            && (axis == image.channelAxis || axis + image.shape.count == image.channelAxis)
    }

    /// A photo that is resized comes in the size that it is resized to: it is prepared so from its own.
    private mutating func resizePhoto(_ image: inout ONNXImage, _ node: ONNXNode) throws(ModelFileError) {
        guard self.image == nil else { throw node.unsupported("a photo that layers read in another size") }
        var extents = image.shape
        if node.has(3) {
            guard let sizes = try constant(node, 3).integers, sizes.count <= extents.count else {
                throw node.unsupported("sizes that are no whole numbers")
            }
            // From operator set 18 on, of some axes.
            let axes = node.integers("axes") ?? Array(extents.count - sizes.count..<extents.count)
            guard axes.count == sizes.count else {
                throw node.unsupported("\(sizes.count) sizes of \(axes.count) axes")
            }
            for (axis, size) in zip(axes, sizes) {
                extents[try ONNXShapes.axis(axis, of: extents, node)] = size
            }
        } else {
            guard image.hasSize, let scales = try optionalConstant(node, file.operatorSet < 11 ? 1 : 2)?.floats,
                scales.count == extents.count
            else { throw node.unsupported("neither sizes nor scales of a known size") }
            for (axis, scale) in scales.enumerated() {
                guard let extent = Int(exactly: (Float(extents[axis]) * scale).rounded(.down)) else {
                    throw node.unsupported("scales \(scales)")
                }
                extents[axis] = extent
            }
        }
        guard extents.count == image.shape.count, extents[image.channelAxis] == 3,
            image.shape.count < 4 || extents[0] == 1
        else { throw node.unsupported("a photo of \(extents)") }
        image.shape = extents
        image.isResized = true
        let (height, width) = image.size
        let shape = try proven { () throws(NetworkError) in
            try TensorShape(height: height, width: width, channels: 3)
        }
        builder = NetworkBuilder(input: shape, element: builder[builder.inputTensor].element)
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
