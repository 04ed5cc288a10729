import Networks

extension ONNXImporter {
    /// The node that alone reads what a node makes.
    func soleReader(of node: ONNXNode) -> ONNXNode? {
        guard node.outputs.count == 1, let index = readers.soleReader(of: node.outputs[0]), index > node.index else {
            return nil
        }
        let proto = file.graph.node[index]
        // What follows has few inputs and attributes; a node of many is not looked at once for each of them.
        guard proto.input.count <= 4, proto.attribute.count <= 8 else { return nil }
        let reader = ONNXNode(proto, index: index)
        return reader.isStandard ? reader : nil
    }

    /// A constant that a node reads which is still to come.
    func comingConstant(_ node: ONNXNode, _ input: Int) -> ONNXTensor? {
        guard node.has(input) else { return nil }
        let name = node.inputs[input]
        if case .stored(let index)? = value(named: name) {
            let tensor = file.graph.initializer[index]
            return Self.isShort(tensor) ? try? ONNXTensor(tensor) : nil
        }
        if isConstant(node, input) { return try? constant(node, input) }
        guard let index = readers.constant(name) else { return nil }
        let coming = ONNXNode(file.graph.node[index], index: index)
        guard coming.proto("value").map(Self.isShort) == true else { return nil }
        return try? coming.tensor("value")
    }

    /// Whether a tensor is as short as limits, scales and slopes are: it may be looked at more than once.
    private static func isShort(_ tensor: ONNXTensorProto) -> Bool {
        let (shape, most) = (tensor.dims.map { Int(clamping: $0) }, 1 << 14)
        return ONNXTensor.count(of: shape).map { $0 <= most } == true
            && [tensor.floatData.count, tensor.doubleData.count, tensor.int32Data.count, tensor.int64Data.count]
                .allSatisfy { $0 <= most }
    }

    /// The function of each element that a node is; nil where it is none that networks have.
    func activation(of node: ONNXNode) -> Activation? {
        switch node.kind {
        case "Relu": return .relu
        case "HardSwish": return .hardSwish
        case "Sigmoid": return .sigmoid
        case "HardSigmoid":
            let (slope, offset) = (node.float("alpha", default: 0.2), node.float("beta", default: 0.5))
            return abs(slope - 1 / 6) < 1e-4 && offset == 0.5 ? .hardSigmoid : nil
        case "Clip":
            // A limit that is there and not known yet is none.
            let limits = [nil] + [1, 2].map { comingConstant(node, $0) }
            guard !node.has(1) || limits[1] != nil, !node.has(2) || limits[2] != nil,
                let (low, high) = try? ONNXEvaluator.limits(node, limits)
            else { return nil }
            return low != 0 ? nil : high == 6 ? .relu6 : high == .infinity ? .relu : nil
        default: return nil
        }
    }

    /// The function that alone reads what a node makes, of which it becomes part: the node of that function then makes nothing
    /// of its own.
    mutating func takeActivation(after node: ONNXNode) -> Activation {
        guard let reader = soleReader(of: node), let activation = activation(of: reader) else { return .none }
        absorb(reader, as: node.outputs[0])
        return activation
    }

    /// The scale a channel that alone reads what a node makes, of which it becomes part.
    mutating func takeScale(after node: ONNXNode, channels: Int) -> [Float]? {
        guard let reader = soleReader(of: node), reader.kind == "Mul", reader.inputs.count == 2,
            let tensor = comingConstant(reader, reader.inputs[0] == node.outputs[0] ? 1 : 0),
            let scale = Self.perChannel(tensor, rank: 4, axis: 1, channels: channels)
        else { return nil }
        absorb(reader, as: node.outputs[0])
        return scale
    }
}
