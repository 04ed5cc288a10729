import Networks

extension ONNXImporter {
    /// Elu and LeakyRelu.
    mutating func function(_ node: ONNXNode) throws(ModelFileError) -> Bool {
        guard isMap(node, 0) else { return false }
        let alpha = node.float("alpha", default: node.kind == "Elu" ? 1 : 0.01)
        let function: any ElementwiseOperation = node.kind == "Elu" ? ELU(alpha: alpha) : LeakyReLU(slope: alpha)
        let y = try elementwise(node, function, last: node)
        try define(node, .map(y))
        return true
    }

    /// A function of each element of what a node reads, in bytes where bytes follow the last of its nodes.
    private mutating func elementwise(
        _ node: ONNXNode, _ function: any ElementwiseOperation, last: ONNXNode
    ) throws(ModelFileError) -> TensorID {
        var x = try map(node, 0, inBytes: true)
        var element = ElementType.float32
        if let (quantization, following, _) = bytesFollowing(last, [x]), following == .none {
            element = .uint8(quantization)
        } else {
            x = try reals(x)
        }
        return try proven { () throws(NetworkError) in
            try builder.elementwise(x, function, element: element, name: last.name)
        }
    }

    /// Sigmoid or HardSigmoid of a feature map, with the Mul by that map that alone reads it: SiLU or the hard swish; false
    /// where none follows.
    mutating func gate(_ node: ONNXNode) throws(ModelFileError) -> Bool {
        guard isMap(node, 0), let product = soleReader(of: node), product.kind == "Mul", product.inputs.count == 2,
            product.inputs.contains(node.inputs[0]), product.inputs.contains(node.outputs[0])
        else { return false }
        let y: TensorID
        if node.kind == "Sigmoid" {
            y = try elementwise(node, SiLU(), last: product)
        } else {
            let x = try map(node, 0)
            y = try proven { () throws(NetworkError) in try builder.activation(x, .hardSwish, name: product.name) }
        }
        absorb(product, as: node.outputs[0])
        try define(node, .map(y))
        return true
    }

    /// Add of 3, Clip to 0…6 and a sixth of it, alone or times the feature map: what exporters made of the hard sigmoid and
    /// the hard swish before ONNX had words for them; false where it is something else.
    mutating func hardFunction(_ node: ONNXNode) throws(ModelFileError) -> Bool {
        guard node.kind == "Add", isMap(node, 0), isConstant(node, 1), try constant(node, 1).floats == [3],
            let clip = soleReader(of: node), activation(of: clip) == .relu6, let third = soleReader(of: clip)
        else { return false }
        func isProduct(_ reader: ONNXNode, of made: ONNXNode) -> Bool {
            reader.kind == "Mul" && reader.inputs.count == 2 && reader.inputs.contains(node.inputs[0])
                && reader.inputs.contains(made.outputs[0])
        }
        func isSixth(_ reader: ONNXNode) -> Bool {
            guard let factor = comingConstant(reader, 1), factor.count == 1 else { return false }
            return reader.kind == "Div"
                ? factor.floats[0] == 6 : reader.kind == "Mul" && abs(factor.floats[0] * 6 - 1) < 1e-4
        }
        var parts = [clip, third]
        let fourth = soleReader(of: third)
        let function: Activation
        if isSixth(third) {
            let isSwish = fourth.map { isProduct($0, of: third) } ?? false
            if isSwish, let fourth { parts.append(fourth) }
            function = isSwish ? .hardSwish : .hardSigmoid
        } else if isProduct(third, of: clip), let fourth, isSixth(fourth) {
            parts.append(fourth)
            function = .hardSwish
        } else {
            return false
        }
        let x = try map(node, 0)
        let y = try proven { () throws(NetworkError) in
            try builder.activation(x, function, name: parts[parts.count - 1].name)
        }
        for part in parts { absorb(part, as: node.outputs[0]) }
        try define(node, .map(y))
        return true
    }

    /// min(max(slope · x + offset, 0), 1), of any slope and offset: ReLU6 of six times it, and a sixth of that.
    mutating func scaledHardSigmoid(
        _ node: ONNXNode, slope: Float, offset: Float
    ) throws(ModelFileError) -> Bool {
        guard isMap(node, 0), slope.isFinite, offset.isFinite else { return false }
        let x = try map(node, 0)
        let channels = builder[x].shape.channels
        try charge(3 * channels, node)
        func factors(_ scale: Float, _ bias: Float?, _ activation: Activation) -> Convolution {
            Convolution(
                window: Window(kernel: 1), grouping: .depthwise, outputChannels: channels,
                parameters: builder.floats(
                    weights: Array(repeating: scale, count: channels),
                    bias: bias.map { Array(repeating: $0, count: channels) } ?? []), activation: activation)
        }
        let raised = factors(6 * slope, 6 * offset, .relu6)
        let clamped = try proven { () throws(NetworkError) in try builder.convolution(x, raised, name: node.name) }
        let lowered = factors(1 / 6, nil, .none)
        let y = try proven { () throws(NetworkError) in try builder.convolution(clamped, lowered, name: node.name) }
        try define(node, .map(y))
        return true
    }
}
