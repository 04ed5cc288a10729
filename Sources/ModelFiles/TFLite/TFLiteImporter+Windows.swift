import Networks

extension TFLiteImporter {
    /// CONV_2D (weights OHWI) and DEPTHWISE_CONV_2D (weights 1HWC).
    mutating func convolution(_ op: TFLiteOperator, _ grouping: Convolution.Grouping) throws(ModelFileError) {
        let (x, padding) = try feature(op, 0)
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
        let window = try window(
            op, x, padding, kernelHeight: kernel[1], kernelWidth: kernel[2],
            dilationY: op.options?.int32(5 + shift, default: 1) ?? 1,
            dilationX: op.options?.int32(4 + shift, default: 1) ?? 1)
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
        try define(op, .activation(y))
    }

    /// MAX_POOL_2D and AVERAGE_POOL_2D.
    mutating func pooling(_ op: TFLiteOperator, isMaximum: Bool) throws(ModelFileError) {
        let (x, padding) = try feature(op, 0)
        let window = try window(
            op, x, padding, kernelHeight: op.options?.int32(4) ?? 0, kernelWidth: op.options?.int32(3) ?? 0,
            dilationY: 1, dilationX: 1)
        let isPadded = padding.top + padding.bottom + padding.left + padding.right > 0
        if isPadded, isMaximum, !isNonNegative(x) {
            throw op.unsupported("a maximum over negative numbers and zeros padded around them")
        }
        if isPadded, !isMaximum, try op.options?.int8(0) ?? 0 == 0 {
            throw op.unsupported("an average over padding of two kinds")
        }
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
        let (x, padding) = try feature(op, 0)
        let amounts = try integers(op, 1)
        guard builder[x].shape.isFeatureMap, amounts.count == 8, amounts[0...1] == [0, 0], amounts[6...7] == [0, 0],
            amounts.allSatisfy({ (0...Window.maximumExtent).contains($0) })
        else { throw op.unsupported("padding \(amounts) of other axes than height and width, or out of range") }
        try requireEqualElements(op, x)
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
