import Networks

extension TFLiteImporter {
    /// ADD of two tensors of one shape.
    mutating func add(_ op: TFLiteOperator) throws(ModelFileError) {
        let (a, b) = (try activation(op, 0), try activation(op, 1))
        let fused = try fusedActivation(op, field: 0)
        let (element, name) = (try outputElement(op), try name(op))
        let y = try proven { () throws(NetworkError) in
            try builder.add(a, b, activation: fused, element: element, name: name)
        }
        if fused != .none { noteNonNegative(y) }
        try define(op, .activation(y))
    }

    /// MUL of two tensors of one shape; the product of quantized ones is taken in float.
    mutating func multiply(_ op: TFLiteOperator) throws(ModelFileError) {
        let (a, b) = (try activation(op, 0), try activation(op, 1))
        let fused = try fusedActivation(op, field: 0)
        let (element, name) = (try outputElement(op), try name(op))
        let (x, y) = (try float(a, name: name), try float(b, name: name))
        let product = try proven { () throws(NetworkError) in
            var product = try builder.multiply(x, y, name: name)
            if fused != .none { product = try builder.activation(product, fused, name: name) }
            if element != .float32 { product = try builder.convert(product, to: element, name: name) }
            return product
        }
        if fused != .none { noteNonNegative(product) }
        try define(op, .activation(product))
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
        guard try value(op, 0) == nil, try file.data(of: tensor) != nil else { return try convert(op) }
        try define(op, .floats(try floats(op, 0, axis: max(0, try tensor.quantizedAxis()))))
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
