import Networks

extension TFLiteImporter {
    /// CONV_2D (weights OHWI) and DEPTHWISE_CONV_2D (weights 1HWC).
    mutating func convolution(_ op: TFLiteOperator, _ grouping: Convolution.Grouping) throws(ModelFileError) {
        if case .dealt(let x, let block, let padding) = try value(op, 0) {
            return try define(op, .pending(op, grouping, x, block: block, padding))
        }
        let (x, padding) = try feature(op, 0)
        try define(op, .activation(try convolution(op, grouping, x, padding)))
    }

    /// A convolution of a map with zeros around it.
    ///
    /// - Parameter block: The pixels from one tap to the next, where the map was dealt out to a batch for their sake.
    private mutating func convolution(
        _ op: TFLiteOperator, _ grouping: Convolution.Grouping, _ x: TensorID, _ padding: TFLitePadding,
        block: (y: Int, x: Int)? = nil
    ) throws(ModelFileError) -> TensorID {
        let kernel = try tensor(op, 1).shape
        let axis = grouping == .dense ? 0 : 3
        guard kernel.count == 4, grouping == .dense || kernel[0] == 1 else {
            throw op.unsupported("its weights have shape \(kernel)")
        }
        let channels = kernel[axis]
        let input = builder[x]
        let expected = grouping == .dense ? kernel[3] : channels
        guard expected == input.shape.channels else {
            throw op.unsupported("weights of shape \(kernel) on an input of \(input.shape) (groups are not supported)")
        }
        // DepthwiseConv2DOptions has the depth multiplier in the place of Conv2DOptions' activation.
        let shift = grouping == .dense ? 0 : 1
        let dilationY = try op.options?.int32(5 + shift, default: 1) ?? 1
        let dilationX = try op.options?.int32(4 + shift, default: 1) ?? 1
        let window = try window(
            op, x, padding, kernelHeight: kernel[1], kernelWidth: kernel[2], dilationY: block?.y ?? dilationY,
            dilationX: block?.x ?? dilationX)
        let activation = try fusedActivation(op, field: 3 + shift)
        let parameters: Convolution.Parameters
        if input.element == .float32 {
            let weights = try floats(op, 1, axis: axis)
            parameters = builder.floats(weights: weights, bias: hasInput(op, 2) ? try floats(op, 2, axis: 0) : [])
        } else {
            let (weights, zeroPoint, scales) = try quantizedWeights(op, 1, channels: channels, axis: axis)
            parameters = .int8(
                weights: weights, zeroPoint: zeroPoint, scales: scales, bias: try quantizedBias(op, 2))
        }
        let convolution = Convolution(
            window: window, grouping: grouping, outputChannels: channels, parameters: parameters,
            activation: activation)
        let element = try outputElement(op)
        let name = try name(op)
        let y = try proven { () throws(NetworkError) in
            try builder.convolution(x, convolution, element: element, name: name)
        }
        if activation != .none { noteNonNegative(y) }
        return y
    }

    // MARK: Holes by way of a batch

    /// SPACE_TO_BATCH_ND before a convolution: pixels `block` apart are dealt out to images of their own, over which the
    /// convolution has no holes.
    mutating func spaceToBatch(_ op: TFLiteOperator) throws(ModelFileError) {
        let (x, padding) = try feature(op, 0)
        let (block, amounts) = (try integers(op, 1), try integers(op, 2))
        guard builder[x].shape.isFeatureMap, block.count == 2, amounts.count == 4,
            (block + amounts).allSatisfy({ (0...Window.maximumExtent).contains($0) }), block[0] > 0, block[1] > 0
        else { throw op.unsupported("blocks of \(block) with padding of \(amounts)") }
        let more = TFLitePadding(top: amounts[0], bottom: amounts[1], left: amounts[2], right: amounts[3])
        let all = padding + more
        guard (builder[x].shape.height + all.top + all.bottom).isMultiple(of: block[0]),
            (builder[x].shape.width + all.left + all.right).isMultiple(of: block[1])
        else { throw op.unsupported("blocks of \(block) that do not divide the map") }
        try define(op, .dealt(x, block: (block[0], block[1]), all))
    }

    /// BATCH_TO_SPACE_ND after it: the images' pixels back in their places, less a margin. What the three make is the
    /// convolution with holes; what is cut off is padding that is left out.
    mutating func batchToSpace(_ op: TFLiteOperator) throws(ModelFileError) {
        guard case .pending(let convolution, let grouping, let x, let block, var padding) = try value(op, 0) else {
            throw op.unsupported("it does not follow a convolution of a batch that space was made into")
        }
        let (blocks, crops) = (try integers(op, 1), try integers(op, 2))
        let shift = grouping == .dense ? 0 : 1
        let holes = [4, 5].map { $0 + shift }
        var hasHoles = false
        for field in holes where try convolution.options?.int32(field, default: 1) ?? 1 != 1 { hasHoles = true }
        guard blocks == [block.y, block.x], crops.count == 4,
            crops.allSatisfy({ (0...Window.maximumExtent).contains($0) }), !hasHoles,
            try convolution.options?.int32(1) ?? 0 == 1, try convolution.options?.int32(2) ?? 0 == 1,
            try convolution.options?.int8(0) ?? 0 == 1
        else { throw op.unsupported("blocks of \(blocks) with margins of \(crops)") }
        padding = TFLitePadding(
            top: padding.top - crops[0], bottom: padding.bottom - crops[1], left: padding.left - crops[2],
            right: padding.right - crops[3])
        guard [padding.top, padding.bottom, padding.left, padding.right].allSatisfy({ $0 >= 0 }) else {
            throw op.unsupported("margins of \(crops), wider than the padding")
        }
        let y = try self.convolution(convolution, grouping, x, padding, block: block)
        try requireEqualElements(op, y)
        try define(op, .activation(y))
    }

    /// MAX_POOL_2D and AVERAGE_POOL_2D.
    mutating func pooling(_ op: TFLiteOperator, isMaximum: Bool) throws(ModelFileError) {
        var (x, padding) = try feature(op, 0)
        var isPadded = padding.top + padding.bottom + padding.left + padding.right > 0
        // Zeros beside negative numbers count in a maximum, and an average has two kinds of padding.
        if isPadded,
            try isMaximum ? !isNonNegative(x) : (op.options?.int8(0) ?? 0 == 0 || builder[x].element != .float32)
        {
            (x, padding, isPadded) = (try self.activation(op, 0), TFLitePadding(), false)
        }
        let window = try window(
            op, x, padding, kernelHeight: op.options?.int32(4) ?? 0, kernelWidth: op.options?.int32(3) ?? 0,
            dilationY: 1, dilationX: 1)
        try requireEqualElements(op, x)
        let name = try name(op)
        let activation = try fusedActivation(op, field: 5)
        let y = try proven { () throws(NetworkError) in
            var y =
                isMaximum
                ? try builder.maxPooling(x, window, name: name)
                : try builder.averagePooling(x, window, countPadding: isPadded, name: name)
            if activation != .none {
                y = try builder.activation(y, activation, element: builder[y].element, name: name)
            }
            return y
        }
        if isNonNegative(x) || activation != .none { noteNonNegative(y) }
        try define(op, .activation(y))
    }

    /// PAD: zeros to fold into the windows that will slide over them.
    mutating func pad(_ op: TFLiteOperator) throws(ModelFileError) {
        var (x, padding) = try feature(op, 0)
        let amounts = try integers(op, 1)
        guard builder[x].shape.isFeatureMap, amounts.count == 8, amounts[0...1] == [0, 0],
            amounts.allSatisfy({ (0...Window.maximumExtent).contains($0) })
        else { throw op.unsupported("padding \(amounts) of the batch, or out of range") }
        try requireEqualElements(op, x)
        if amounts[6] + amounts[7] > 0 {
            // No window takes in channels.
            x = try activation(op, 0)
            let name = try name(op)
            let pad = Pad(
                top: amounts[2], bottom: amounts[3], left: amounts[4], right: amounts[5], front: amounts[6],
                back: amounts[7])
            let y = try proven { () throws(NetworkError) in try builder.pad(x, pad, name: name) }
            if isNonNegative(x) { noteNonNegative(y) }
            return try define(op, .activation(y))
        }
        let more = TFLitePadding(top: amounts[2], bottom: amounts[3], left: amounts[4], right: amounts[5])
        try define(op, .padded(x, padding + more))
    }

    /// The window of an operator: its kernel with the options that convolutions and poolings share.
    private func window(
        _ op: TFLiteOperator, _ x: TensorID, _ padding: TFLitePadding, kernelHeight: Int, kernelWidth: Int,
        dilationY: Int, dilationX: Int
    ) throws(ModelFileError) -> Window {
        let strideX = try op.options?.int32(1) ?? 0
        let strideY = try op.options?.int32(2) ?? 0
        let extents = [kernelHeight, kernelWidth, strideY, strideX, dilationY, dilationX]
        guard extents.allSatisfy({ (1...Window.maximumExtent).contains($0) }), builder[x].shape.isFeatureMap else {
            throw op.unsupported(
                "a window of \(kernelHeight)×\(kernelWidth), stride \(strideY)×\(strideX), over \(builder[x].shape)")
        }
        var window = Window(
            kernelHeight: kernelHeight, kernelWidth: kernelWidth, strideY: strideY, strideX: strideX,
            dilationY: dilationY, dilationX: dilationX)
        switch try op.options?.int8(0) ?? 0 {
        case 0:
            window.padAsSame(
                inputHeight: builder[x].shape.height + padding.top + padding.bottom,
                inputWidth: builder[x].shape.width + padding.left + padding.right)
        case 1: break
        case let other: throw op.unsupported("padding of kind \(other)")
        }
        window.paddingTop += padding.top
        window.paddingBottom += padding.bottom
        window.paddingLeft += padding.left
        window.paddingRight += padding.right
        return window
    }
}
