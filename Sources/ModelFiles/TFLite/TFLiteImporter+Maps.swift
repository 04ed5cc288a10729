import Networks

extension TFLiteImporter {
    /// RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR, of a map to a size that is constant.
    mutating func resize(_ op: TFLiteOperator, _ mode: Resize.Mode) throws(ModelFileError) {
        let x = try activation(op, 0)
        let size = try integers(op, 1)
        // The older two fields of the bilinear one's options are gone.
        let field = mode == .bilinear ? 2 : 0
        let alignsCorners = try op.options?.int8(field) ?? 0 != 0
        let isHalfPixel = try op.options?.int8(field + 1) ?? 0 != 0
        guard size.count == 2, !alignsCorners else {
            throw op.unsupported("a size of \(size)\(alignsCorners ? " whose corners are aligned" : "")")
        }
        try requireEqualElements(op, x)
        let name = try name(op)
        let y = try proven { () throws(NetworkError) in
            try builder.resize(
                x, height: size[0], width: size[1], mode: mode, coordinates: isHalfPixel ? .halfPixel : .asymmetric,
                name: name)
        }
        if isNonNegative(x) { noteNonNegative(y) }
        try define(op, .activation(y))
    }

    /// MEAN over the height and the width of a map.
    mutating func mean(_ op: TFLiteOperator) throws(ModelFileError) {
        let x = try activation(op, 0)
        let shape = builder[x].shape
        let axes = Set(try integers(op, 1).map { $0 < 0 ? $0 + 4 : $0 })
        guard shape.isFeatureMap, axes == [1, 2], max(shape.height, shape.width) <= Window.maximumExtent else {
            throw op.unsupported("a mean of \(shape) over axes other than height and width")
        }
        let (element, name) = (try outputElement(op), try name(op))
        let keepsAxes = try op.options?.int8(0) ?? 0 != 0
        let whole = Window(kernelHeight: shape.height, kernelWidth: shape.width, strideY: 1, strideX: 1)
        let y = try proven { () throws(NetworkError) in
            var y = try builder.averagePooling(x, whole, name: name)
            if builder[y].element != element { y = try builder.convert(y, to: element, name: name) }
            return keepsAxes ? y : try builder.reshape(y, to: TensorShape([shape.channels]), name: name)
        }
        if isNonNegative(x) { noteNonNegative(y) }
        try define(op, .activation(y))
    }

    /// DEPTH_TO_SPACE: the channels of a pixel become a block of pixels. Channels of one row of blocks lie together, so that
    /// each row of pixels is a choice of channels; joined beside each other, rows are in their places.
    mutating func depthToSpace(_ op: TFLiteOperator) throws(ModelFileError) {
        let x = try activation(op, 0)
        let shape = builder[x].shape
        let block = try op.options?.int32(0) ?? 0
        guard shape.isFeatureMap, (2...16).contains(block), shape.channels.isMultiple(of: block * block),
            builder[x].element == .float32, try outputElement(op) == .float32
        else { throw op.unsupported("blocks of \(block)×\(block) of a map of \(shape), or of bytes") }
        let name = try name(op)
        let row = shape.channels / block
        try charge(row * shape.channels * block * 4)
        let y = try proven { () throws(NetworkError) in
            let line = try TensorShape(
                height: shape.height, width: shape.width * block, channels: row / block)
            var lines: [TensorID] = []
            for index in 0..<block {
                let chosen = try builder.choosingChannels(index * row..<(index + 1) * row, of: x, name: name)
                lines.append(try builder.reshape(chosen, to: line, name: name))
            }
            let joined = try builder.concatenation(lines, axis: 1, name: name)
            return try builder.reshape(
                joined,
                to: TensorShape(
                    height: shape.height * block, width: shape.width * block, channels: row / block), name: name)
        }
        if isNonNegative(x) { noteNonNegative(y) }
        try define(op, .activation(y))
    }
}
