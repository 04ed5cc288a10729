import MultiBox
import Networks

extension TFLiteImporter {
    /// ADD and SUB of two tensors of one shape, or of a float one and constants.
    mutating func add(_ op: TFLiteOperator, isDifference: Bool) throws(ModelFileError) {
        if let constant = try constantInput(op) {
            guard !(isDifference && constant == 0) else { throw op.unsupported("it subtracts from a constant") }
            return try affine(op, constant: constant) { numbers in
                (numbers.map { _ in 1 }, isDifference ? numbers.map { -$0 } : numbers)
            }
        }
        let (a, b) = (try activation(op, 0), try activation(op, 1))
        let fused = try fusedActivation(op, field: 0)
        let (element, name) = (try outputElement(op), try name(op))
        guard !isDifference else { return try subtract(op, a, b, fused) }
        let y = try proven { () throws(NetworkError) in
            try builder.add(a, b, activation: fused, element: element, name: name)
        }
        if fused != .none { noteNonNegative(y) }
        try define(op, .activation(y))
    }

    /// SUB of two feature maps, taken in float: the sum with the second times −1.
    private mutating func subtract(
        _ op: TFLiteOperator, _ a: TensorID, _ b: TensorID, _ fused: Activation
    ) throws(ModelFileError) {
        let name = try name(op)
        let (x, y) = (try float(a, name: name), try float(b, name: name))
        let channels = builder[y].shape.channels
        let negative = try scaled(
            y, by: [Float](repeating: -1, count: channels), plus: [Float](repeating: 0, count: channels), .none, name)
        try finish(
            op,
            try proven { () throws(NetworkError) in try builder.add(x, negative, activation: fused, name: name) },
            fused)
    }

    /// MUL of two tensors of one shape, of a feature map and a factor for each of its channels, or of a float tensor and
    /// constants; the product of quantized ones is taken in float.
    mutating func multiply(_ op: TFLiteOperator) throws(ModelFileError) {
        if let constant = try constantInput(op) {
            return try affine(op, constant: constant) { numbers in (numbers, numbers.map { _ in 0 }) }
        }
        let (a, b) = (try activation(op, 0), try activation(op, 1))
        let fused = try fusedActivation(op, field: 0)
        let name = try name(op)
        var (x, y) = (try float(a, name: name), try float(b, name: name))
        if builder[x].shape.pixels == 1, builder[y].shape.pixels > 1 { swap(&x, &y) }
        let isByChannel = builder[x].shape != builder[y].shape && builder[y].shape.pixels == 1
        let product = try proven { () throws(NetworkError) in
            if isByChannel {
                let shape = builder[x].shape
                let factors = try builder.reshape(
                    y, to: TensorShape(height: 1, width: 1, channels: builder[y].shape.channels), name: name)
                guard shape.isFeatureMap else { return try builder.multiply(x, y, name: name) }
                let product = try builder.scaleChannels(x, by: factors, name: name)
                return fused == .none ? product : try builder.activation(product, fused, name: name)
            }
            let product = try builder.multiply(x, y, name: name)
            return fused == .none ? product : try builder.activation(product, fused, name: name)
        }
        try finish(op, product, fused)
    }

    /// Which of an operator's two inputs is a constant of numbers; nil if none is.
    private func constantInput(_ op: TFLiteOperator) throws(ModelFileError) -> Int? {
        if try isConstant(op, 1) { return 1 }
        return try isConstant(op, 0) ? 0 : nil
    }

    /// A float feature map by the numbers of a constant: one for all, or one a channel. `numbers` makes factors and summands of
    /// them.
    private mutating func affine(
        _ op: TFLiteOperator, constant: Int, _ numbers: ([Float]) -> (factors: [Float], summands: [Float])
    ) throws(ModelFileError) {
        let x = try activation(op, 1 - constant)
        let channels = builder[x].shape.channels
        var values = try floats(op, constant, axis: 0)
        if values.count == 1 {
            try charge(channels * 4)
            values = [Float](repeating: values[0], count: channels)
        }
        guard values.count == channels, builder[x].element == .float32, try outputElement(op) == .float32 else {
            throw op.unsupported(
                "a constant of \(values.count) numbers beside \(builder[x].shape), not one for each channel of floats")
        }
        try charge(2 * channels * 4)
        let (factors, summands) = numbers(values)
        let fused = try fusedActivation(op, field: 0)
        let y = try scaled(x, by: factors, plus: summands, fused, name(op))
        if fused != .none { noteNonNegative(y) }
        try define(op, .activation(y))
    }

    /// Each channel of a float tensor times a factor plus a summand, which is a depthwise convolution of one pixel.
    private mutating func scaled(
        _ x: TensorID, by factors: [Float], plus summands: [Float], _ activation: Activation, _ name: String
    ) throws(ModelFileError) -> TensorID {
        try proven { () throws(NetworkError) in
            let shape = builder[x].shape
            var map = x
            if !shape.isFeatureMap {
                map = try builder.reshape(
                    x, to: TensorShape(height: shape.pixels, width: 1, channels: shape.channels), name: name)
            }
            let convolution = Convolution(
                window: Window(kernel: 1), grouping: .depthwise, outputChannels: shape.channels,
                parameters: builder.floats(weights: factors, bias: summands), activation: activation)
            let y = try builder.convolution(map, convolution, name: name)
            return shape.isFeatureMap ? y : try builder.reshape(y, to: shape, name: name)
        }
    }

    /// Records a float result under the element type that an operator's output has.
    private mutating func finish(_ op: TFLiteOperator, _ x: TensorID, _ fused: Activation) throws(ModelFileError) {
        let (element, name) = (try outputElement(op), try name(op))
        let y =
            element == .float32
            ? x : try proven { () throws(NetworkError) in try builder.convert(x, to: element, name: name) }
        if fused != .none { noteNonNegative(y) }
        try define(op, .activation(y))
    }

    /// PRELU, with a slope for each channel or one for all.
    mutating func prelu(_ op: TFLiteOperator) throws(ModelFileError) {
        try rectify(op, slopes: floats(op, 1, axis: try tensor(op, 1).shape.count - 1))
    }

    /// LEAKY_RELU, with one slope.
    mutating func leakyReLU(_ op: TFLiteOperator) throws(ModelFileError) {
        try rectify(op, slopes: [try op.options?.float(0) ?? 0])
    }

    private mutating func rectify(_ op: TFLiteOperator, slopes: [Float]) throws(ModelFileError) {
        let x = try activation(op, 0)
        let channels = builder[x].shape.channels
        guard slopes.count == channels || slopes.count == 1, slopes.allSatisfy(\.isFinite) else {
            throw op.unsupported("\(slopes.count) slopes for \(channels) channels")
        }
        if slopes.count != channels { try charge(channels * 4) }
        let all = slopes.count == channels ? slopes : [Float](repeating: slopes[0], count: channels)
        let (element, name) = (try outputElement(op), try name(op))
        try define(
            op,
            .activation(
                try proven { () throws(NetworkError) in
                    try builder.prelu(x, slopes: all, element: element, name: name)
                }))
    }

    /// L2_NORMALIZATION over the channels of a float feature map.
    mutating func l2Normalization(_ op: TFLiteOperator) throws(ModelFileError) {
        let x = try activation(op, 0)
        let name = try name(op)
        let channels = builder[x].shape.channels
        try charge(channels * 4)
        try requireEqualElements(op, x)
        let y = try proven { () throws(NetworkError) in
            try builder.l2Normalization(
                x, scale: [Float](repeating: 1, count: channels), epsilon: 1e-12, name: name)
        }
        try define(op, .activation(y))
    }

    /// An operator that is a function of each element.
    mutating func activation(_ op: TFLiteOperator, _ activation: Activation) throws(ModelFileError) {
        let x = try self.activation(op, 0)
        let (element, name) = (try outputElement(op), try name(op))
        let y = try proven { () throws(NetworkError) in
            try builder.activation(x, activation, element: element, name: name)
        }
        if activation != .hardSwish { noteNonNegative(y) }
        try define(op, .activation(y))
    }

    /// SOFTMAX over the innermost axis; of a quantized tensor it is taken in float.
    mutating func softmax(_ op: TFLiteOperator) throws(ModelFileError) {
        let x = try activation(op, 0)
        let beta = try op.options?.float(0) ?? 1
        guard beta == 1 else { throw op.unsupported("a beta of \(beta), not 1") }
        let (element, name) = (try outputElement(op), try name(op))
        let floats = try float(x, name: name)
        let y = try proven { () throws(NetworkError) in
            let y = try builder.softmax(floats, name: name)
            return element == .float32 ? y : try builder.convert(y, to: element, name: name)
        }
        noteNonNegative(y)
        try define(op, .activation(y))
    }

    /// QUANTIZE: the same values with another element type.
    mutating func convert(_ op: TFLiteOperator) throws(ModelFileError) {
        let x = try activation(op, 0)
        let (element, name) = (try outputElement(op), try name(op))
        let y = try proven { () throws(NetworkError) in try builder.convert(x, to: element, name: name) }
        if isNonNegative(x) { noteNonNegative(y) }
        try define(op, .activation(y))
    }

    /// DEQUANTIZE: of a tensor of the network a layer, of a constant the numbers it stands for.
    mutating func dequantize(_ op: TFLiteOperator) throws(ModelFileError) {
        let tensor = try tensor(op, 0)
        if case .floats = try value(op, 0) { return try define(op, .floats(try floats(op, 0, axis: 0))) }
        guard try value(op, 0) == nil, try file.data(of: tensor) != nil else { return try convert(op) }
        try define(op, .floats(try floats(op, 0, axis: max(0, try tensor.quantizedAxis()))))
    }

    /// DENSIFY: the numbers of a sparse constant, zeros among them.
    mutating func densify(_ op: TFLiteOperator) throws(ModelFileError) {
        let tensor = try tensor(op, 0)
        guard let sparsity = tensor.sparsity, let type = tensor.type, type == .float32 || type == .float16,
            let range = try file.data(of: tensor, isSparse: true)
        else { throw op.unsupported("its input, \(tensor.name), is no sparse constant of floats") }
        guard let count = CheckedArithmetic.product(tensor.shape), count <= TensorShape.maximumElementCount else {
            throw op.unsupported("its input, \(tensor.name), has the shape \(tensor.shape)")
        }
        // The places are counted as well: they are there for as long as this takes.
        try charge(count * 4)
        let stored = numbers(range, type)
        let places = try TFLiteSparsity(sparsity, shape: tensor.shape).places(count: stored.count) { reason in
            .malformed(format: TFLiteFile.format, reason: "\(tensor.name) \(reason)", offset: range.lowerBound)
        }
        var values = [Float](repeating: 0, count: count)
        for (place, value) in zip(places, stored) { values[place] = value }
        try define(op, .floats(values))
    }

    /// A float tensor with the values of another one.
    mutating func float(_ x: TensorID, name: String) throws(ModelFileError) -> TensorID {
        guard builder[x].element != .float32 else { return x }
        return try proven { () throws(NetworkError) in try builder.convert(x, to: .float32, name: name) }
    }

    /// The activation that an operator's options fuse into it.
    func fusedActivation(_ op: TFLiteOperator, field: Int) throws(ModelFileError) -> Activation {
        switch try op.options?.int8(field) ?? 0 {
        case 0: return .none
        case 1: return .relu
        case 3: return .relu6
        case let other: throw op.unsupported("a fused activation of kind \(other)")
        }
    }

    /// Checks that an operator which only moves values says so: its output has the element type of its input.
    func requireEqualElements(_ op: TFLiteOperator, _ x: TensorID) throws(ModelFileError) {
        guard try outputElement(op) == builder[x].element else {
            throw op.unsupported("its output is quantized otherwise than its input")
        }
    }
}
