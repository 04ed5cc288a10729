import Networks

extension ONNXImporter {
    /// BatchNormalization, by the statistics of training.
    mutating func batchNormalization(_ node: ONNXNode) throws(ModelFileError) {
        let x = try map(node, 0)
        var parameters: [[Float]] = []
        for input in 1...4 {
            let tensor = try constant(node, input)
            try charge(tensor.count, node)
            parameters.append(tensor.floats)
        }
        // As the decimal number that it stands for.
        let single = node.float("epsilon", default: 1e-5)
        let epsilon = Double("\(single)") ?? Double(single)
        // The share that is replaced, as a decimal of few digits.
        let momentum = ((1 - node.float("momentum", default: 0.9)) * 1e6).rounded() / 1e6
        let y = try proven { () throws(NetworkError) in
            try builder.batchNormalization(
                x, scale: parameters[0], shift: parameters[1], mean: parameters[2], variance: parameters[3],
                epsilon: epsilon, momentum: min(max(momentum, 0), 1), name: node.name)
        }
        try define(node, .map(y))
    }

    /// A function of each element.
    mutating func activation(_ node: ONNXNode, _ activation: Activation) throws(ModelFileError) -> Bool {
        if isMap(node, 0) {
            var x = try map(node, 0, inBytes: true)
            var element = ElementType.float32
            if let (quantization, following, _) = bytesFollowing(node, [x]), following == .none {
                element = .uint8(quantization)
            } else {
                x = try reals(x)
            }
            let y = try proven { () throws(NetworkError) in
                try builder.activation(x, activation, element: element, name: node.name)
            }
            try define(node, .map(y))
            return true
        }
        guard let (x, shape) = try rows(node, 0) else { return false }
        let y = try proven { () throws(NetworkError) in try builder.activation(x, activation, name: node.name) }
        try define(node, .rows(y, shape: shape))
        return true
    }

    /// HardSigmoid, of the slope and the offset that MobileNetV3 has or of others.
    mutating func hardSigmoid(_ node: ONNXNode) throws(ModelFileError) -> Bool {
        if activation(of: node) == .hardSigmoid { return try gate(node) ? true : try activation(node, .hardSigmoid) }
        return try scaledHardSigmoid(
            node, slope: node.float("alpha", default: 0.2), offset: node.float("beta", default: 0.5))
    }

    /// Clip to where ReLU and ReLU6 clip.
    mutating func clip(_ node: ONNXNode) throws(ModelFileError) -> Bool {
        let limits = try [nil] + [1, 2].map { (index) throws(ModelFileError) in try optionalConstant(node, index) }
        let (low, high) = try ONNXEvaluator.limits(node, limits)
        if case .length(let id, .root) = try value(node, 0), high == .infinity {
            // F.normalize divides by a length that is at least epsilon.
            try define(node, .length(id, .root(epsilon: low * low)))
            return true
        }
        switch (low, high) {
        case (0, 6): return try activation(node, .relu6)
        case (0, .infinity): return try activation(node, .relu)
        default:
            guard !isMap(node, 0) else { throw node.unsupported("limits of \(low) and \(high)") }
            return false
        }
    }

    /// Sigmoid: of a feature map a layer, of rows what makes confidences of scores.
    mutating func confidence(_ node: ONNXNode, _ confidence: ONNXConfidence) throws(ModelFileError) -> Bool {
        if isMap(node, 0) { return try gate(node) ? true : try activation(node, .sigmoid) }
        guard case .rows(let logits, let shape) = try value(node, 0) else { return false }
        try define(node, .confidences(logits: logits, shape: shape, confidence))
        return true
    }

    /// Softmax over the last axis.
    mutating func softmax(_ node: ONNXNode) throws(ModelFileError) -> Bool {
        if isMap(node, 0), file.operatorSet >= 13, [1, -3].contains(node.integer("axis", default: -1)) {
            let x = try map(node, 0)
            try define(
                node, .map(try proven { () throws(NetworkError) in try builder.softmax(x, name: node.name) }))
            return true
        }
        guard case .rows(let logits, let shape) = try value(node, 0) else { return false }
        let stored = node.integer("axis", default: file.operatorSet < 13 ? 1 : -1)
        let axis = try ONNXShapes.axis(stored, of: shape, node)
        guard axis == shape.count - 1 || file.operatorSet < 13 && shape[(axis + 1)...].allSatisfy({ $0 == 1 }) else {
            throw node.unsupported("axis \(stored) of \(shape)")
        }
        try define(node, .confidences(logits: logits, shape: shape, .softmax))
        return true
    }

    /// PRelu, with one slope a channel or one for all.
    mutating func rectifier(_ node: ONNXNode) throws(ModelFileError) {
        var x = try map(node, 0, inBytes: true)
        let channels = builder[x].shape.channels
        let tensor = try constant(node, 1)
        guard let slopes = Self.perChannel(tensor, rank: 4, axis: 1, channels: channels) else {
            throw node.unsupported("slopes of shape \(tensor.shape)")
        }
        try charge(channels, node)
        var element = ElementType.float32
        if let (quantization, following, _) = bytesFollowing(node, [x]), following == .none {
            element = .uint8(quantization)
        } else {
            x = try reals(x)
        }
        let y = try proven { () throws(NetworkError) in
            try builder.prelu(x, slopes: slopes, element: element, name: node.name)
        }
        try define(node, .map(y))
    }

    // MARK: Arithmetic

    /// Add, Sub, Mul, Div of feature maps, or of one and a constant a channel; false of what is neither.
    mutating func arithmetic(_ node: ONNXNode) throws(ModelFileError) -> Bool {
        guard node.inputs.count == 2 else { throw node.unsupported("\(node.inputs.count) inputs") }
        if try hardFunction(node) { return true }
        if case .length = try value(node, 0) { return try lengthArithmetic(node, 0) }
        if case .length = try value(node, 1) { return try normalization(node) }
        if isConstant(node, 0) || isConstant(node, 1) { return try scaling(node) }
        guard isMap(node, 0), isMap(node, 1) else {
            guard node.kind == "Add" || node.kind == "Mul", let (a, shape) = try rows(node, 0),
                let (b, other) = try rows(node, 1), shape == other,
                builder[a].shape.elementCount == builder[b].shape.elementCount
            else { return false }
            let dimensions = builder[a].shape.dimensions
            let c = try reshaped(b, to: dimensions, node)
            let y = try proven { () throws(NetworkError) in
                node.kind == "Add"
                    ? try builder.add(a, c, name: node.name) : try builder.multiply(a, c, name: node.name)
            }
            try define(node, .rows(y, shape: shape))
            return true
        }
        var (a, b) = (try map(node, 0, inBytes: true), try map(node, 1, inBytes: true))
        let (left, right) = (builder[a].shape, builder[b].shape)
        var (element, activation) = (ElementType.float32, Activation.none)
        if let (quantization, following, reader) = bytesFollowing(node, [a, b]), node.kind == "Add" || left != right,
            node.kind == "Add" || reader == nil
        {
            (element, activation) = (.uint8(quantization), following)
            if let reader { absorb(reader, as: node.outputs[0]) }
        } else {
            (a, b) = (try reals(a), try reals(b))
            if node.kind == "Add" { activation = takeActivation(after: node) }
        }
        let (first, second) = (a, b)
        let y: TensorID
        switch node.kind {
        case "Add":
            y = try proven { () throws(NetworkError) in
                try builder.add(first, second, activation: activation, element: element, name: node.name)
            }
        case "Mul":
            y = try proven { () throws(NetworkError) in
                if left == right { return try builder.multiply(first, second, name: node.name) }
                // The excitation of squeeze-and-excitation, on either side.
                let isFirst = left.height == 1 && left.width == 1
                return try builder.scaleChannels(
                    isFirst ? second : first, by: isFirst ? first : second, element: element, name: node.name)
            }
        case "Sub" where left == right:
            let minus = Convolution(
                window: Window(kernel: 1), grouping: .depthwise, outputChannels: right.channels,
                parameters: builder.floats(weights: Array(repeating: -1, count: right.channels)), activation: .none)
            y = try proven { () throws(NetworkError) in
                try builder.add(first, try builder.convolution(second, minus, name: node.name), name: node.name)
            }
        default: throw node.unsupported("feature maps on both sides")
        }
        try define(node, .map(y))
        return true
    }

    /// A feature map with a constant a channel, or one for all: a depthwise convolution of one pixel.
    private mutating func scaling(_ node: ONNXNode) throws(ModelFileError) -> Bool {
        let isSecond = isConstant(node, 1)
        guard isMap(node, isSecond ? 0 : 1) else { return false }
        let x = try map(node, isSecond ? 0 : 1)
        let channels = builder[x].shape.channels
        let tensor = try constant(node, isSecond ? 1 : 0)
        guard let numbers = Self.perChannel(tensor, rank: 4, axis: 1, channels: channels) else {
            throw node.unsupported("a constant of shape \(tensor.shape) beside \(builder[x].shape)")
        }
        let ones = [Float](repeating: 1, count: channels)
        let scale: [Float]
        let bias: [Float]
        switch (node.kind, isSecond) {
        case ("Add", _): (scale, bias) = (ones, numbers)
        case ("Sub", true): (scale, bias) = (ones, numbers.map { -$0 })
        case ("Sub", false): (scale, bias) = (ones.map { -$0 }, numbers)
        case ("Mul", _): (scale, bias) = (numbers, [])
        case ("Div", true): (scale, bias) = (numbers.map { 1 / $0 }, [])
        default: throw node.unsupported("a constant divided by a feature map")
        }
        try charge(2 * channels, node)
        let convolution = Convolution(
            window: Window(kernel: 1), grouping: .depthwise, outputChannels: channels,
            parameters: builder.floats(weights: scale, bias: bias), activation: .none)
        let y = try proven { () throws(NetworkError) in try builder.convolution(x, convolution, name: node.name) }
        try define(node, .map(y))
        return true
    }

    // MARK: L2 normalization

    /// Pow of 2: squares, of which a length is made.
    mutating func square(_ node: ONNXNode) throws(ModelFileError) -> Bool {
        guard isMap(node, 0) else { return false }
        guard try constant(node, 1).floats == [2] else { throw node.unsupported("a power other than 2") }
        try define(node, .length(try map(node, 0), .squares))
        return true
    }

    /// ReduceSum of squares, ReduceL2: over the channels.
    mutating func sumOfSquares(_ node: ONNXNode) throws(ModelFileError) -> Bool {
        let id: TensorID
        if case .length(let squared, .squares) = try value(node, 0), node.kind == "ReduceSum" {
            id = squared
        } else if isMap(node, 0), node.kind == "ReduceL2" {
            id = try map(node, 0)
        } else {
            return false
        }
        guard let axes = try list(node, "axes", 1), axes == [1] || axes == [-3],
            node.integer("keepdims", default: 1) == 1
        else { throw node.unsupported("a length over other axes than the channels") }
        try define(node, .length(id, node.kind == "ReduceL2" ? .root(epsilon: 0) : .sum(epsilon: 0)))
        return true
    }

    /// Sqrt of a sum of squares.
    mutating func root(_ node: ONNXNode) throws(ModelFileError) -> Bool {
        guard case .length(let id, .sum(let epsilon)) = try value(node, 0) else { return false }
        try define(node, .length(id, .root(epsilon: epsilon)))
        return true
    }

    /// Expand of a length to the shape of what it divides.
    mutating func expand(_ node: ONNXNode) throws(ModelFileError) -> Bool {
        guard case .length(let id, let length) = try value(node, 0) else { return false }
        guard try constant(node, 1).integers == Self.shape(ofMap: builder[id].shape) else {
            throw node.unsupported("another shape than that of what was measured")
        }
        try define(node, .length(id, length))
        return true
    }

    /// A constant added to a length, so that none is 0.
    private mutating func lengthArithmetic(_ node: ONNXNode, _ input: Int) throws(ModelFileError) -> Bool {
        guard node.kind == "Add", case .length(let id, let length) = try value(node, input),
            let epsilon = try constant(node, 1 - input).floats.first, (0...1).contains(epsilon)
        else { throw node.unsupported("arithmetic with a length") }
        switch length {
        case .squares: throw node.unsupported("arithmetic with squares")
        case .sum: try define(node, .length(id, .sum(epsilon: epsilon)))
        case .root: try define(node, .length(id, .root(epsilon: epsilon * epsilon)))
        }
        return true
    }

    /// A feature map over its own length.
    private mutating func normalization(_ node: ONNXNode) throws(ModelFileError) -> Bool {
        if node.kind == "Add" { return try lengthArithmetic(node, 1) }
        guard node.kind == "Div", case .length(let id, .root(let epsilon)) = try value(node, 1), isMap(node, 0),
            try map(node, 0) == id
        else { throw node.unsupported("a length that is not that of what it divides") }
        let channels = builder[id].shape.channels
        try charge(channels, node)
        let scale = takeScale(after: node, channels: channels) ?? Array(repeating: 1, count: channels)
        let y = try proven { () throws(NetworkError) in
            try builder.l2Normalization(id, scale: scale, epsilon: epsilon > 0 ? epsilon : 1e-24, name: node.name)
        }
        try define(node, .map(y))
        return true
    }
}
