import Networks

/// Quantized graphs: QuantizeLinear and DequantizeLinear around nodes of floats. A tensor of bytes stands for its reals, as
/// everywhere here; a layer that networks have in bytes is one in bytes where bytes go in and come out, and one of floats
/// elsewhere.
extension ONNXImporter {
    /// What a node of the two says: the scales and zero points, one for all or one along an axis.
    struct Scales {
        var scales: [Float]
        var zeroPoints: [Int]
        /// Whether the bytes are −128 to 127.
        var isSigned: Bool

        /// Of a tensor with one scale, in unsigned bytes.
        var quantization: Quantization? {
            guard scales.count == 1, zeroPoints.count == 1, (-128...255).contains(zeroPoints[0]) else { return nil }
            return Quantization(scale: scales[0], zeroPoint: zeroPoints[0] + (isSigned ? 128 : 0))
        }
    }

    /// The scales of a QuantizeLinear or DequantizeLinear; nil where they are not known.
    func scales(_ node: ONNXNode) -> Scales? {
        guard let scale = comingConstant(node, 1), scale.integers == nil, scale.count > 0 else { return nil }
        guard node.has(2) else {
            return Scales(
                scales: scale.floats, zeroPoints: Array(repeating: 0, count: scale.count),
                isSigned: node.kind == "DequantizeLinear" && (try? storedType(node, 0)) != .uint8)
        }
        guard let zero = comingConstant(node, 2), let points = zero.integers, points.count == scale.count else {
            return nil
        }
        let isSigned = zero.type == .int8 || zero.type == nil && points.contains { $0 < 0 }
        return Scales(scales: scale.floats, zeroPoints: points, isSigned: isSigned)
    }

    private func storedType(_ node: ONNXNode, _ input: Int) throws(ModelFileError) -> ONNXTensor.DataType? {
        isConstant(node, input) ? try constant(node, input).type : .uint8
    }

    /// QuantizeLinear: bytes of reals.
    mutating func quantizeLinear(_ node: ONNXNode) throws(ModelFileError) -> Bool {
        switch try value(node, 0) {
        // Confidences are made after the network, of unrounded scores; a length is one layer with what it divides, within which
        // nothing is rounded.
        case .confidences, .length:
            try define(node, .bytes(try value(node, 0)))
            return true
        default: break
        }
        guard let quantization = scales(node)?.quantization else {
            throw node.unsupported("scales that are not one constant for all, or not of bytes")
        }
        guard let (id, form) = try activationValue(node, 0) else { return false }
        let element = ElementType.uint8(quantization)
        let bytes =
            builder[id].element == element
            ? id
            : try proven { () throws(NetworkError) in try builder.convert(id, to: element, name: node.name) }
        try define(node, .bytes(form(bytes)))
        return true
    }

    /// DequantizeLinear: the reals of bytes.
    mutating func dequantizeLinear(_ node: ONNXNode) throws(ModelFileError) {
        guard case .bytes(let value) = try value(node, 0) else {
            throw node.unsupported("an input that is not of bytes")
        }
        if let id = Self.tensor(of: value) {
            guard let quantization = scales(node)?.quantization, builder[id].element == .uint8(quantization) else {
                throw node.unsupported("other scales than those that the bytes were made with")
            }
        }
        try define(node, value)
    }

    static func tensor(of value: ONNXValue) -> TensorID? {
        switch value {
        case .map(let id), .padded(let id, _), .rows(let id, _), .split(let id, _, _): id
        default: nil
        }
    }

    /// A tensor that a node reads, bytes as they are, and what makes a value of the same form of another.
    private mutating func activationValue(
        _ node: ONNXNode, _ input: Int
    ) throws(ModelFileError) -> (TensorID, (TensorID) -> ONNXValue)? {
        switch try value(node, input) {
        case .rows(let id, let shape): return (id, { .rows($0, shape: shape) })
        case .split(let id, let shape, let sides): return (id, { .split($0, shape: shape, sides: sides) })
        // Zeros are the same in bytes.
        case .padded(let id, let padding): return (id, { .padded($0, padding) })
        default: return isMap(node, input) ? (try map(node, input, inBytes: true), { .map($0) }) : nil
        }
    }

    /// A tensor as floats.
    mutating func reals(_ id: TensorID) throws(ModelFileError) -> TensorID {
        guard builder[id].element != .float32 else { return id }
        if let made = dequantized[id] { return made }
        let made = try proven { () throws(NetworkError) in
            try builder.convert(id, to: .float32, name: "dequantized")
        }
        dequantized[id] = made
        return made
    }

    /// The quantization of what a node makes of bytes, with the function that comes before: what is to be one layer in bytes.
    ///
    /// - Parameter inputs: tensors that the node reads; nil where one of them is not of bytes.
    func bytesFollowing(
        _ node: ONNXNode, _ inputs: [TensorID]
    ) -> (quantization: Quantization, activation: Activation, reader: ONNXNode?)? {
        guard inputs.allSatisfy({ builder[$0].element != .float32 }), let reader = soleReader(of: node) else {
            return nil
        }
        if reader.kind == "QuantizeLinear", let quantization = scales(reader)?.quantization {
            return (quantization, .none, nil)
        }
        guard let activation = activation(of: reader), activation.clamp != nil, let last = soleReader(of: reader),
            last.kind == "QuantizeLinear", let quantization = scales(last)?.quantization
        else { return nil }
        return (quantization, activation, reader)
    }

    /// Weights and bias of a convolution of bytes, as they are in the graph: one zero point for all, the bias in units of
    /// input scale · weight scale.
    func byteParameters(
        _ node: ONNXNode, input: Quantization, outputs: Int, isDepthwise: Bool
    ) throws(ModelFileError) -> (weights: ONNXTensor, zeroPoint: Int, scales: [Float], bias: [Int32])? {
        guard case .dequantized(let dequantize) = try value(node, 1), var scales = scales(dequantize),
            scales.scales.count == 1 || scales.scales.count == outputs && dequantize.integer("axis", default: 1) == 0,
            Set(scales.zeroPoints).count == 1
        else { return nil }
        let stored = try constant(dequantize, 0)
        // Of either kind of bytes, before anything is computed with them.
        guard var integers = stored.integers, stored.shape.count == 4,
            integers.allSatisfy({ (-128...255).contains($0) }), (-128...255).contains(scales.zeroPoints[0])
        else { return nil }
        if !scales.isSigned {
            integers = integers.map { $0 - 128 }
            scales.zeroPoints = scales.zeroPoints.map { $0 - 128 }
        }
        guard integers.allSatisfy({ (-128...127).contains($0) }), (-128...127).contains(scales.zeroPoints[0]) else {
            return nil
        }
        var bias: [Int32] = []
        if node.has(2) {
            let units = (0..<outputs).map { input.scale * scales.scales[scales.scales.count == 1 ? 0 : $0] }
            let values: [Double]
            if case .dequantized(let node) = try value(node, 2), let own = self.scales(node),
                let numbers = try constant(node, 0).integers, numbers.count == outputs,
                units.indices.allSatisfy({
                    abs(own.scales[own.scales.count == 1 ? 0 : min($0, own.scales.count - 1)] - units[$0])
                        <= 1e-5 * units[$0]
                }), own.zeroPoints.allSatisfy({ $0 == 0 })
            {
                values = numbers.map(Double.init)
            } else {
                let reals = try constant(node, 2).floats
                guard reals.count == outputs else { return nil }
                values = zip(reals, units).map { (Double($0) / Double($1)).rounded() }
            }
            guard values.allSatisfy({ $0.magnitude < Double(Int32.max) }) else { return nil }
            bias = values.map { Int32($0) }
        }
        return (
            ONNXTensor(shape: stored.shape, .integers(integers)), scales.zeroPoints[0], scales.scales, bias
        )
    }

    /// The numbers of a DequantizeLinear of constants.
    func dequantizedConstant(_ node: ONNXNode) throws(ModelFileError) -> ONNXTensor {
        let stored = try constant(node, 0)
        guard let scales = scales(node), let integers = stored.integers else {
            throw node.unsupported("scales that are no constants")
        }
        guard scales.scales.count > 1 else {
            let (scale, zero) = (scales.scales[0], scales.zeroPoints[0])
            return ONNXTensor(shape: stored.shape, .floats(integers.map { Float($0 &- zero) * scale }))
        }
        let axis = try ONNXShapes.axis(node.integer("axis", default: 1), of: stored.shape, node)
        let (extent, inner) = (stored.shape[axis], stored.shape[(axis + 1)...].reduce(1, *))
        guard scales.scales.count == extent else {
            throw node.unsupported("\(scales.scales.count) scales for \(extent)")
        }
        return ONNXTensor(
            shape: stored.shape,
            .floats(
                integers.enumerated().map { index, value in
                    let place = index / inner % extent
                    return Float(value &- scales.zeroPoints[place]) * scales.scales[place]
                }))
    }
}
