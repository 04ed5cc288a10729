import Networks

extension ONNXImporter {
    /// Conv: dense (weights OIHW), depthwise, or of groups, which become a dense one with zeros between the groups.
    mutating func convolution(_ node: ONNXNode) throws(ModelFileError) {
        if try byteConvolution(node) { return }
        let (bytes, padding) = try paddedMap(node, 0)
        let x = try reals(bytes)
        convolutions += 1
        let weights = try constant(node, 1)
        let groups = node.integer("group", default: 1)
        let input = builder[x].shape
        guard weights.shape.count == 4, weights.shape.allSatisfy({ $0 >= 1 }), groups >= 1,
            weights.shape[1].multipliedReportingOverflow(by: groups) == (input.channels, false),
            weights.shape[0] % groups == 0
        else { throw node.unsupported("weights of shape \(weights.shape) in \(groups) groups on an input of \(input)") }
        let (outputs, height, width) = (weights.shape[0], weights.shape[2], weights.shape[3])
        let window = try window(node, input, padding, kernelHeight: height, kernelWidth: width)
        let isDepthwise = groups == input.channels && outputs == groups && groups > 1
        let taps = height * width
        let values: [Float]
        if isDepthwise {
            try charge(outputs * taps, node)
            let stored = weights.floats
            // Channels innermost.
            values = (0..<taps).flatMap { tap in (0..<outputs).map { stored[$0 * taps + tap] } }
        } else {
            guard outputs.multipliedReportingOverflow(by: taps * input.channels).overflow == false else {
                throw node.unsupported("weights of shape \(weights.shape)")
            }
            try charge(outputs * taps * input.channels, node)
            values = Self.dense(weights, groups: groups, channels: input.channels)
        }
        let bias = try optionalConstant(node, 2)?.floats ?? []
        try charge(bias.count, node)
        let convolution = Convolution(
            window: window, grouping: isDepthwise ? .depthwise : .dense, outputChannels: outputs,
            parameters: builder.floats(weights: values, bias: bias), activation: takeActivation(after: node))
        let y = try proven { () throws(NetworkError) in try builder.convolution(x, convolution, name: node.name) }
        try define(node, .map(y))
    }

    /// A Conv of bytes whose sums become bytes again; false where it is none.
    private mutating func byteConvolution(_ node: ONNXNode) throws(ModelFileError) -> Bool {
        let (x, padding) = try paddedMap(node, 0)
        let (input, groups) = (builder[x].shape, node.integer("group", default: 1))
        guard let from = builder[x].element.quantization, let (to, activation, reader) = bytesFollowing(node, [x]),
            case .dequantized(let stored) = try value(node, 1)
        else { return false }
        let shape = try constant(stored, 0).shape
        guard shape.count == 4, shape.allSatisfy({ $0 >= 1 }), groups >= 1,
            shape[1].multipliedReportingOverflow(by: groups) == (input.channels, false)
        else { return false }
        let (outputs, height, width) = (shape[0], shape[2], shape[3])
        let isDepthwise = groups == input.channels && outputs == groups && groups > 1
        guard isDepthwise || groups == 1,
            let (weights, zeroPoint, scales, bias) = try byteParameters(
                node, input: from, outputs: outputs, isDepthwise: isDepthwise), let numbers = weights.integers
        else { return false }
        try charge(weights.count / 4 + bias.count + scales.count, node)
        let taps = height * width
        let inputs = isDepthwise ? 1 : input.channels
        var values: [Int8] = []
        values.reserveCapacity(numbers.count)
        if isDepthwise {
            for tap in 0..<taps { for output in 0..<outputs { values.append(Int8(numbers[output * taps + tap])) } }
        } else {
            for output in 0..<outputs {
                for tap in 0..<taps {
                    for channel in 0..<inputs { values.append(Int8(numbers[(output * inputs + channel) * taps + tap])) }
                }
            }
        }
        var convolution = Convolution(
            window: try window(node, input, padding, kernelHeight: height, kernelWidth: width),
            grouping: isDepthwise ? .depthwise : .dense, outputChannels: outputs,
            parameters: .int8(weights: values, zeroPoint: zeroPoint, scales: scales, bias: bias),
            activation: activation)
        convolution.winograd = winograd[convolutions]
        convolutions += 1
        let layer = convolution
        let y = try proven { () throws(NetworkError) in
            try builder.convolution(x, layer, element: .uint8(to), name: node.name)
        }
        if let reader { absorb(reader, as: node.outputs[0]) }
        try define(node, .map(y))
        return true
    }

    /// Weights of groups, OIHW with the inputs of a group, as OHWI with all inputs.
    private static func dense(_ weights: ONNXTensor, groups: Int, channels: Int) -> [Float] {
        let (outputs, ofGroup) = (weights.shape[0], weights.shape[1])
        let taps = weights.shape[2] * weights.shape[3]
        var values = [Float](repeating: 0, count: outputs * taps * channels)
        let stored = weights.floats
        for output in 0..<outputs {
            let first = output / (outputs / groups) * ofGroup
            for input in 0..<ofGroup {
                for tap in 0..<taps {
                    values[(output * taps + tap) * channels + first + input] =
                        stored[
                            (output * ofGroup + input) * taps + tap]
                }
            }
        }
        return values
    }

    /// ReduceMean over the rows and columns of a feature map; false of what is none.
    mutating func mean(_ node: ONNXNode) throws(ModelFileError) -> Bool {
        guard isMap(node, 0) else { return false }
        let axes = try list(node, "axes", 1).map { Set($0.map { $0 < 0 ? $0 + 4 : $0 }) }
        guard axes == [2, 3] else { throw node.unsupported("a mean over other axes than height and width") }
        let x = try map(node, 0)
        let shape = builder[x].shape
        let y = try proven { () throws(NetworkError) in
            try builder.averagePooling(
                x, Window(kernelHeight: shape.height, kernelWidth: shape.width, strideY: 1, strideX: 1), name: node.name
            )
        }
        let keeps = node.integer("keepdims", default: 1) != 0
        try define(node, keeps ? .map(y) : .rows(y, shape: [1, shape.channels]))
        return true
    }

    /// MaxPool, AveragePool, GlobalAveragePool, GlobalMaxPool.
    mutating func pooling(_ node: ONNXNode) throws(ModelFileError) {
        let isMaximum = node.kind == "MaxPool" || node.kind == "GlobalMaxPool"
        // A maximum has nothing to do with zeros around; that of an average does not say whether they count.
        var x = try map(node, 0, inBytes: true)
        let countsPadding = node.integer("count_include_pad", default: 0) != 0
        // Bytes keep their scale.
        let isBytes = bytesFollowing(node, [x]).map { builder[x].element == .uint8($0.quantization) } ?? false
        if !isBytes || countsPadding { x = try reals(x) }
        let id = x
        let input = builder[x].shape
        let window: Window
        if node.kind.hasPrefix("Global") {
            window = Window(kernelHeight: input.height, kernelWidth: input.width, strideY: 1, strideX: 1)
        } else {
            guard let kernel = node.integers("kernel_shape"), kernel.count == 2 else {
                throw node.unsupported("a kernel of \(node.integers("kernel_shape") ?? [])")
            }
            var sliding = try self.window(
                node, input, ONNXPadding(), kernelHeight: kernel[0], kernelWidth: kernel[1])
            sliding.ceilMode = node.integer("ceil_mode", default: 0) != 0
            window = sliding
        }
        guard node.outputs.count == 1 else { throw node.unsupported("the places of the maxima") }
        let y = try proven { () throws(NetworkError) in
            isMaximum
                ? try builder.maxPooling(id, window, name: node.name)
                : try builder.averagePooling(id, window, countPadding: countsPadding, name: node.name)
        }
        try define(node, .map(y))
    }

    /// The window of a node: its kernel with the attributes that convolutions and poolings share.
    private func window(
        _ node: ONNXNode, _ input: TensorShape, _ padding: ONNXPadding, kernelHeight: Int, kernelWidth: Int
    ) throws(ModelFileError) -> Window {
        func pair(_ name: String) throws(ModelFileError) -> [Int] {
            let values = node.integers(name) ?? [1, 1]
            guard values.count == 2 else { throw node.unsupported("\(name) of \(values)") }
            return values
        }
        let (strides, dilations) = (try pair("strides"), try pair("dilations"))
        let extents = [kernelHeight, kernelWidth] + strides + dilations
        guard extents.allSatisfy({ (1...Window.maximumExtent).contains($0) }) else {
            throw node.unsupported(
                "a window of \(kernelHeight)×\(kernelWidth), strides \(strides), dilations \(dilations)")
        }
        var window = Window(
            kernelHeight: kernelHeight, kernelWidth: kernelWidth, strideY: strides[0], strideX: strides[1],
            dilationY: dilations[0], dilationX: dilations[1])
        switch node.word("auto_pad") ?? "NOTSET" {
        case "NOTSET", "":
            let pads = node.integers("pads") ?? [0, 0, 0, 0]
            guard pads.count == 4, pads.allSatisfy({ (0...Window.maximumExtent).contains($0) }) else {
                throw node.unsupported("padding of \(pads)")
            }
            (window.paddingTop, window.paddingLeft) = (pads[0], pads[1])
            (window.paddingBottom, window.paddingRight) = (pads[2], pads[3])
        case "VALID": break
        case let same where same == "SAME_UPPER" || same == "SAME_LOWER":
            window.padAsSame(
                inputHeight: input.height + padding.top + padding.bottom,
                inputWidth: input.width + padding.left + padding.right)
            if same == "SAME_LOWER" {
                (window.paddingTop, window.paddingBottom) = (window.paddingBottom, window.paddingTop)
                (window.paddingLeft, window.paddingRight) = (window.paddingRight, window.paddingLeft)
            }
        case let other: throw node.unsupported("padding of the kind \(other)")
        }
        window.paddingTop += padding.top
        window.paddingBottom += padding.bottom
        window.paddingLeft += padding.left
        window.paddingRight += padding.right
        return window
    }

    /// Pad: zeros to fold into the windows that will slide over them; beside channels, zeros of the map itself.
    mutating func pad(_ node: ONNXNode) throws(ModelFileError) {
        let (x, padding) = try paddedMap(node, 0)
        guard let pads = try list(node, "pads", 1), pads.count == 8, pads[0] == 0, pads[4] == 0,
            pads.allSatisfy({ (0...Window.maximumExtent).contains($0) }),
            (node.word("mode") ?? "constant") == "constant", !node.has(3),
            try optionalConstant(node, 2)?.floats.first ?? node.float("value", default: 0) == 0
        else { throw node.unsupported("padding of the batch, or of other values than 0") }
        guard pads[1] == 0, pads[5] == 0 else {
            let pad = Pad(
                top: padding.top + pads[2], bottom: padding.bottom + pads[6], left: padding.left + pads[3],
                right: padding.right + pads[7], front: pads[1], back: pads[5])
            let y = try proven { () throws(NetworkError) in try builder.pad(x, pad, name: node.name) }
            return try define(node, .map(y))
        }
        try define(
            node,
            .padded(
                x,
                ONNXPadding(
                    top: padding.top + pads[2], left: padding.left + pads[3], bottom: padding.bottom + pads[6],
                    right: padding.right + pads[7])))
    }

    /// Resize and its predecessor Upsample, of height and width.
    mutating func resize(_ node: ONNXNode) throws(ModelFileError) {
        let read = try map(node, 0, inBytes: true)
        let keepsBytes = bytesFollowing(node, [read]).map { builder[read].element == .uint8($0.quantization) } ?? false
        let x = keepsBytes ? read : try reals(read)
        let input = builder[x].shape
        let isUpsample = node.kind == "Upsample"
        let (scales, sizes) = (try optionalConstant(node, isUpsample || file.operatorSet < 11 ? 1 : 2), node.has(3))
        var extents = [input.height, input.width]
        if sizes, let target = try constant(node, 3).integers {
            guard target.count == 4, target[0] == 1, target[1] == input.channels else {
                throw node.unsupported("a size of \(target)")
            }
            extents = [target[2], target[3]]
        } else if let factors = scales?.floats ?? node.floats("scales") {
            guard factors.count == 4, factors[0] == 1, factors[1] == 1 else {
                throw node.unsupported("scales \(factors)")
            }
            for (axis, factor) in factors[2...].enumerated() {
                guard let extent = Int(exactly: (Float(extents[axis]) * factor).rounded(.down)) else {
                    throw node.unsupported("scales \(factors)")
                }
                extents[axis] = extent
            }
        } else {
            throw node.unsupported("neither scales nor sizes")
        }
        let mode: Resize.Mode
        switch node.word("mode") ?? "nearest" {
        case "nearest": mode = .nearest
        case "linear": mode = .bilinear
        case let other: throw node.unsupported("the mode \(other)")
        }
        let coordinates: Resize.Coordinates
        switch node.word("coordinate_transformation_mode") ?? (file.operatorSet < 11 ? "asymmetric" : "half_pixel") {
        case "half_pixel", "pytorch_half_pixel": coordinates = .halfPixel
        case "asymmetric": coordinates = .asymmetric
        case let other: throw node.unsupported("coordinates of the kind \(other)")
        }
        // Of twice the pixels, rounding to the nearest lower one is rounding down.
        let isTwice = extents[0] <= 2 * input.height && extents[1] <= 2 * input.width
        guard mode != .nearest || coordinates == .halfPixel || isTwice || node.word("nearest_mode") == "floor" else {
            throw node.unsupported("rounding of the kind \(node.word("nearest_mode") ?? "round_prefer_floor")")
        }
        let y = try proven { () throws(NetworkError) in
            try builder.resize(
                x, height: extents[0], width: extents[1], mode: mode, coordinates: coordinates, name: node.name)
        }
        try define(node, .map(y))
    }
}
