import Networks

extension TFLiteImporter {
    /// CONCATENATION along any axis but the batch's; quantized inputs are brought to the output's quantization.
    mutating func concatenation(_ op: TFLiteOperator) throws(ModelFileError) {
        let element = try outputElement(op)
        let name = try name(op)
        guard try fusedActivation(op, field: 1) == .none else { throw op.unsupported("a fused activation") }
        var inputs: [TensorID] = []
        for index in op.inputs.indices {
            let x = try activation(op, index)
            let isEqual = builder[x].element == element
            inputs.append(
                isEqual ? x : try proven { () throws(NetworkError) in try builder.convert(x, to: element, name: name) })
        }
        guard let first = inputs.first else { throw op.unsupported("it has no inputs") }
        let rank = builder[first].shape.dimensions.count + 1
        let stored = try op.options?.int32(0) ?? 0
        let axis = stored < 0 ? stored + rank : stored
        guard (1..<rank).contains(axis) else { throw op.unsupported("axis \(stored), the batch's or none") }
        let y = try proven { () throws(NetworkError) in
            try builder.concatenation(inputs, axis: axis - 1, name: name)
        }
        if inputs.allSatisfy({ isNonNegative($0) }) { noteNonNegative(y) }
        try define(op, .activation(y))
    }

    /// RESHAPE to the shape of its second input or, in older files, of its options.
    mutating func reshape(_ op: TFLiteOperator) throws(ModelFileError) {
        let target: [Int]
        if hasInput(op, 1) {
            target = try integers(op, 1)
        } else {
            target =
                try op.options?.vector(0, elementSize: 4, "a new shape")
                .int32s("extents of a shape", limit: TFLiteTensor.maximumRank) ?? []
        }
        try reshape(op, to: target)
    }

    /// SQUEEZE: drops the axes of extent 1 that its options name, or all but the batch's.
    mutating func squeeze(_ op: TFLiteOperator) throws(ModelFileError) {
        let dimensions = [1] + builder[try activation(op, 0)].shape.dimensions
        let stored =
            try op.options?.vector(0, elementSize: 4, "the axes of a SQUEEZE")
            .int32s("axes of a SQUEEZE", limit: TFLiteTensor.maximumRank) ?? []
        let axes = stored.isEmpty ? Array(dimensions.indices) : stored.map { $0 < 0 ? $0 + dimensions.count : $0 }
        guard stored.isEmpty || axes.allSatisfy({ $0 > 0 && $0 < dimensions.count && dimensions[$0] == 1 }) else {
            throw op.unsupported("axes \(stored) of the shape \(dimensions)")
        }
        let kept = dimensions.indices.filter { $0 == 0 || dimensions[$0] != 1 || !axes.contains($0) }
        try reshape(op, to: kept.map { dimensions[$0] })
    }

    /// Reshapes an operator's first input to a shape with the batch, of which one extent may be −1: whatever remains.
    private mutating func reshape(_ op: TFLiteOperator, to target: [Int]) throws(ModelFileError) {
        let x = try activation(op, 0)
        try requireEqualElements(op, x)
        let count = builder[x].shape.elementCount
        let known = target.reduce(1) { product, extent in
            guard extent != -1 else { return product }
            // No product within the count overflows, and beyond it the shape is refused.
            return extent >= 1 && extent <= count && product <= count ? product * extent : .max
        }
        guard target.count(where: { $0 == -1 }) <= 1, known <= count, count % known == 0 else {
            throw op.unsupported("shape \(target) for \(builder[x].shape)")
        }
        let shape = target.map { $0 == -1 ? count / known : $0 }
        guard shape.first == 1, shape.count >= 2 else { throw op.unsupported("shape \(shape), whose batch is not 1") }
        let name = try name(op)
        let y = try proven { () throws(NetworkError) in
            try builder.reshape(x, to: TensorShape(Array(shape.dropFirst())), name: name)
        }
        if isNonNegative(x) { noteNonNegative(y) }
        try define(op, .activation(y))
    }

    // MARK: Arithmetic on shapes

    /// SHAPE: the extents of a tensor of the network, with the batch.
    mutating func shape(_ op: TFLiteOperator) throws(ModelFileError) {
        let (x, padding) = try feature(op, 0)
        var dimensions = builder[x].shape.dimensions
        if dimensions.count == 3 {
            dimensions[0] += padding.top + padding.bottom
            dimensions[1] += padding.left + padding.right
        }
        try define(op, .integers([1] + dimensions))
    }

    /// STRIDED_SLICE of what became of a shape.
    mutating func stridedSlice(_ op: TFLiteOperator) throws(ModelFileError) {
        let values = try integers(op, 0)
        let (begins, ends, strides) = (try integers(op, 1), try integers(op, 2), try integers(op, 3))
        guard begins.count == 1, ends.count == 1, strides.count == 1, (1...values.count + 1).contains(strides[0]),
            try op.options?.int32(2) ?? 0 == 0, try op.options?.int32(3) ?? 0 == 0
        else { throw op.unsupported("a slice that is not of one axis forwards") }
        func index(_ stored: Int, masked: Bool, open: Int) -> Int {
            if masked { return open }
            return min(max(stored < 0 ? stored + values.count : stored, 0), values.count)
        }
        let begin = index(begins[0], masked: try (op.options?.int32(0) ?? 0) & 1 == 1, open: 0)
        let end = index(ends[0], masked: try (op.options?.int32(1) ?? 0) & 1 == 1, open: values.count)
        if try (op.options?.int32(4) ?? 0) & 1 == 1 {
            guard begin < values.count else { throw op.unsupported("index \(begins[0]) of \(values.count) extents") }
            try define(op, .integers([values[begin]]))
        } else {
            let indices = stride(from: begin, to: max(begin, end), by: strides[0])
            try define(op, .integers(indices.map { values[$0] }))
        }
    }

    /// PACK of single integers into a shape.
    mutating func pack(_ op: TFLiteOperator) throws(ModelFileError) {
        var values: [Int] = []
        for input in op.inputs.indices {
            let part = try integers(op, input)
            guard part.count == 1 else { throw op.unsupported("its input \(input) is not a single integer") }
            values += part
        }
        guard try op.options?.int32(1) ?? 0 == 0 else { throw op.unsupported("an axis other than 0") }
        try define(op, .integers(values))
    }
}
