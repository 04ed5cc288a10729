import Networks
import Platform

/// Works nodes out on numbers: those whose inputs are constants, and the arithmetic that turns raw offsets into boxes.
///
/// Memory and time are bounded: each result by `maximumCount`, all of them, which are kept, by `baseWork` and the file's size.
struct ONNXEvaluator {
    /// The most numbers of a result.
    static let maximumCount = 1 << 21
    /// The most numbers that all results of a small file have: 16 MiB of whole ones.
    static let baseWork = 1 << 21

    private let maximumWork: Int
    private var work = 0

    /// - Parameter fileSize: bytes of the file, whose constants may be worked on once.
    init(fileSize: Int) { maximumWork = Self.baseWork + fileSize / 8 }

    /// - Parameter maximumWork: The most numbers that all results have.
    init(maximumWork: Int) { self.maximumWork = maximumWork }

    /// The kinds of nodes that are worked out.
    static let kinds: Set<String> = [
        "Add", "Sub", "Mul", "Div", "Pow", "Min", "Max", "Equal", "Greater", "Less", "And", "Or", "Not", "Where", "Neg",
        "Abs", "Exp", "Log", "Sqrt", "Floor", "Ceil", "Reciprocal", "Sigmoid", "Relu", "Clip", "Softmax", "Identity",
        "Cast", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Concat", "Slice", "Split", "Gather",
        "Shape",
        "Constant", "ConstantOfShape", "Expand", "Range", "ReduceSum", "ReduceProd", "ReduceMax", "ReduceMin", "Size",
        "GreaterOrEqual", "LessOrEqual",
    ]

    /// What a node makes of numbers; nil where it is of no kind that is worked out.
    ///
    /// - Parameter operatorSet: the version of the file's operator set.
    mutating func evaluate(
        _ node: ONNXNode, _ inputs: [ONNXTensor?], operatorSet: Int
    ) throws(ModelFileError) -> [ONNXTensor]? {
        func input(_ index: Int) throws(ModelFileError) -> ONNXTensor {
            guard inputs.indices.contains(index), let tensor = inputs[index] else {
                throw node.unsupported("it has no input \(index)")
            }
            return tensor
        }
        // Whoever goes on after that was thrown works nothing out any more.
        guard work <= maximumWork else {
            throw .tooMany(what: "numbers worked out of constants", found: work, limit: maximumWork)
        }
        let results: [ONNXTensor]
        switch node.kind {
        case "Add", "Sub", "Mul", "Div", "Pow", "Equal", "Greater", "Less", "And", "Or", "GreaterOrEqual",
            "LessOrEqual":
            results = [try binary(node, input(0), input(1))]
        case "Min", "Max":
            var result = try input(0)
            for index in inputs.indices.dropFirst() { result = try binary(node, result, input(index)) }
            results = [result]
        case "Where": results = [try select(node, input(0), input(1), input(2))]
        case "Not", "Neg", "Abs", "Exp", "Log", "Sqrt", "Floor", "Ceil", "Reciprocal", "Sigmoid", "Relu":
            results = [try unary(node, input(0))]
        case "Clip": results = [try clip(node, inputs)]
        case "Softmax": results = [try softmax(node, input(0), operatorSet)]
        case "Identity": results = [try input(0)]
        case "Cast": results = [try cast(node, input(0))]
        case "Constant": results = [try constant(node)]
        case "ConstantOfShape": results = [try filled(node, input(0))]
        case "Range": results = [try range(node, input(0), input(1), input(2))]
        case "ReduceSum", "ReduceProd", "ReduceMax", "ReduceMin": results = [try reduce(node, inputs, operatorSet)]
        default:
            guard let moved = try ONNXShapes.evaluate(node, inputs, operatorSet: operatorSet) else { return nil }
            results = moved
        }
        for result in results {
            work += result.count + 1
            guard result.count <= Self.maximumCount, work <= maximumWork else {
                throw .tooMany(what: "numbers worked out of constants", found: work, limit: maximumWork)
            }
        }
        return results
    }

    // MARK: Arithmetic

    /// An operation on pairs of numbers, extents of 1 standing for all of the other's (ONNX, "multidirectional broadcasting").
    private func binary(_ node: ONNXNode, _ a: ONNXTensor, _ b: ONNXTensor) throws(ModelFileError) -> ONNXTensor {
        let shape = try ONNXShapes.broadcast(a.shape, b.shape, node)
        let (left, right) = (ONNXShapes.indices(of: a.shape, in: shape), ONNXShapes.indices(of: b.shape, in: shape))
        if let x = a.integers, let y = b.integers {
            let combine = try Self.integers(node)
            var values: [Int] = []
            values.reserveCapacity(left.count)
            for (i, j) in zip(left, right) {
                guard let value = combine(x[i], y[j]) else { throw node.unsupported("\(x[i]) and \(y[j])") }
                values.append(value)
            }
            return ONNXTensor(shape: shape, .integers(values))
        }
        let (x, y) = (a.floats, b.floats)
        if let compare = Self.comparisons[node.kind] {
            return ONNXTensor(shape: shape, .integers(zip(left, right).map { compare(x[$0], y[$1]) ? 1 : 0 }))
        }
        let combine = try Self.floats(node)
        return ONNXTensor(shape: shape, .floats(zip(left, right).map { combine(x[$0], y[$1]) }))
    }

    private static let comparisons: [String: @Sendable (Float, Float) -> Bool] = [
        "Equal": { $0 == $1 }, "Greater": { $0 > $1 }, "Less": { $0 < $1 }, "GreaterOrEqual": { $0 >= $1 },
        "LessOrEqual": { $0 <= $1 },
    ]

    private static func floats(_ node: ONNXNode) throws(ModelFileError) -> (Float, Float) -> Float {
        switch node.kind {
        case "Add": { $0 + $1 }
        case "Sub": { $0 - $1 }
        case "Mul": { $0 * $1 }
        case "Div": { $0 / $1 }
        case "Pow": { Float(pow(Double($0), Double($1))) }
        case "Min": { min($0, $1) }
        case "Max": { max($0, $1) }
        default: throw node.unsupported("numbers that are not whole")
        }
    }

    /// Nil where the result does not fit or does not exist.
    private static func integers(_ node: ONNXNode) throws(ModelFileError) -> (Int, Int) -> Int? {
        func checked(_ result: (partialValue: Int, overflow: Bool)) -> Int? {
            result.overflow ? nil : result.partialValue
        }
        return switch node.kind {
        case "Add": { checked($0.addingReportingOverflow($1)) }
        case "Sub": { checked($0.subtractingReportingOverflow($1)) }
        case "Mul": { checked($0.multipliedReportingOverflow(by: $1)) }
        case "Div": { $1 == 0 || $0 == .min ? nil : $0 / $1 }
        case "Min": { min($0, $1) }
        case "Max": { max($0, $1) }
        case "Equal": { $0 == $1 ? 1 : 0 }
        case "Greater": { $0 > $1 ? 1 : 0 }
        case "Less": { $0 < $1 ? 1 : 0 }
        case "GreaterOrEqual": { $0 >= $1 ? 1 : 0 }
        case "LessOrEqual": { $0 <= $1 ? 1 : 0 }
        case "And": { $0 != 0 && $1 != 0 ? 1 : 0 }
        case "Or": { $0 != 0 || $1 != 0 ? 1 : 0 }
        default: throw node.unsupported("whole numbers")
        }
    }

    private func unary(_ node: ONNXNode, _ x: ONNXTensor) throws(ModelFileError) -> ONNXTensor {
        if let values = x.integers {
            switch node.kind {
            case "Not": return ONNXTensor(shape: x.shape, .integers(values.map { $0 == 0 ? 1 : 0 }))
            case "Neg": return ONNXTensor(shape: x.shape, .integers(values.map { $0 == .min ? .max : -$0 }))
            case "Abs": return ONNXTensor(shape: x.shape, .integers(values.map { Int(clamping: $0.magnitude) }))
            case "Relu": return ONNXTensor(shape: x.shape, .integers(values.map { max($0, 0) }))
            case "Floor", "Ceil": return x
            default: break
            }
        }
        let function: (Float) -> Float
        switch node.kind {
        case "Neg": function = { -$0 }
        case "Abs": function = { $0.magnitude }
        case "Exp": function = { Float(exp(Double($0))) }
        case "Log": function = { Float(log(Double($0))) }
        case "Sqrt": function = { $0.squareRoot() }
        case "Floor": function = { $0.rounded(.down) }
        case "Ceil": function = { $0.rounded(.up) }
        case "Reciprocal": function = { 1 / $0 }
        case "Sigmoid": function = { Float(1 / (1 + exp(-Double($0)))) }
        case "Relu": function = { max($0, 0) }
        default: throw node.unsupported("numbers that are not truth values")
        }
        return ONNXTensor(shape: x.shape, .floats(x.floats.map(function)))
    }

    /// Clip, whose limits are attributes or, from operator set 11 on, inputs.
    private func clip(_ node: ONNXNode, _ inputs: [ONNXTensor?]) throws(ModelFileError) -> ONNXTensor {
        guard let x = inputs.first ?? nil else { throw node.unsupported("it has no input 0") }
        let (low, high) = try Self.limits(node, inputs)
        return ONNXTensor(shape: x.shape, .floats(x.floats.map { min(max($0, low), high) }))
    }

    /// The limits of a Clip.
    static func limits(_ node: ONNXNode, _ inputs: [ONNXTensor?]) throws(ModelFileError) -> (Float, Float) {
        func limit(_ index: Int, _ name: String, _ open: Float) throws(ModelFileError) -> Float {
            guard inputs.indices.contains(index), let tensor = inputs[index] else {
                return node.hasAttribute(name) ? node.float(name, default: open) : open
            }
            guard let value = tensor.floats.first, tensor.count == 1 else { throw node.unsupported("a limit for each") }
            return value
        }
        return (try limit(1, "min", -.infinity), try limit(2, "max", .infinity))
    }

    private func softmax(_ node: ONNXNode, _ x: ONNXTensor, _ operatorSet: Int) throws(ModelFileError) -> ONNXTensor {
        let axis = try ONNXShapes.axis(node.integer("axis", default: operatorSet < 13 ? 1 : -1), of: x.shape, node)
        guard axis == x.shape.count - 1, let columns = x.shape.last, columns > 0 else {
            throw node.unsupported("axis \(axis) of \(x.shape)")
        }
        var values = x.floats
        for row in stride(from: 0, to: values.count, by: columns) {
            let most = values[row..<row + columns].max() ?? 0
            var sum: Float = 0
            for index in row..<row + columns {
                values[index] = Float(exp(Double(values[index] - most)))
                sum += values[index]
            }
            for index in row..<row + columns { values[index] /= sum }
        }
        return ONNXTensor(shape: x.shape, .floats(values))
    }

    private func select(
        _ node: ONNXNode, _ condition: ONNXTensor, _ a: ONNXTensor, _ b: ONNXTensor
    ) throws(ModelFileError) -> ONNXTensor {
        guard let truths = condition.integers else { throw node.unsupported("a condition that is no truth value") }
        let shape = try ONNXShapes.broadcast(ONNXShapes.broadcast(condition.shape, a.shape, node), b.shape, node)
        let which = ONNXShapes.indices(of: condition.shape, in: shape)
        let (left, right) = (ONNXShapes.indices(of: a.shape, in: shape), ONNXShapes.indices(of: b.shape, in: shape))
        if let x = a.integers, let y = b.integers {
            let values = which.indices.map { truths[which[$0]] != 0 ? x[left[$0]] : y[right[$0]] }
            return ONNXTensor(shape: shape, .integers(values))
        }
        let (x, y) = (a.floats, b.floats)
        return ONNXTensor(
            shape: shape, .floats(which.indices.map { truths[which[$0]] != 0 ? x[left[$0]] : y[right[$0]] }))
    }

    private func reduce(
        _ node: ONNXNode, _ inputs: [ONNXTensor?], _ operatorSet: Int
    ) throws(ModelFileError) -> ONNXTensor {
        guard let x = inputs.first ?? nil else { throw node.unsupported("it has no input 0") }
        let listed = inputs.count > 1 ? inputs[1]?.integers : node.integers("axes")
        var axes: Set<Int> = []
        for axis in listed ?? Array(x.shape.indices) { axes.insert(try ONNXShapes.axis(axis, of: x.shape, node)) }
        let kept = x.shape.enumerated().map { axes.contains($0.offset) ? 1 : $0.element }
        let target = ONNXShapes.indices(of: kept, in: x.shape)
        let count = kept.reduce(1, *)
        let shape =
            node.integer("keepdims", default: 1) != 0
            ? kept : x.shape.enumerated().filter { !axes.contains($0.offset) }.map(\.element)
        if let values = x.integers, node.kind == "ReduceProd" || node.kind == "ReduceSum" {
            var sums = [Int](repeating: node.kind == "ReduceProd" ? 1 : 0, count: count)
            for (index, value) in zip(target, values) {
                let result =
                    node.kind == "ReduceProd"
                    ? sums[index].multipliedReportingOverflow(by: value)
                    : sums[index].addingReportingOverflow(value)
                guard !result.overflow else { throw node.unsupported("numbers beyond 64 bits") }
                sums[index] = result.partialValue
            }
            return ONNXTensor(shape: shape, .integers(sums))
        }
        let (start, combine): (Float, (Float, Float) -> Float) =
            switch node.kind {
            case "ReduceProd": (1, { $0 * $1 })
            case "ReduceMax": (-.infinity, { max($0, $1) })
            case "ReduceMin": (.infinity, { min($0, $1) })
            default: (0, { $0 + $1 })
            }
        var results = [Float](repeating: start, count: count)
        for (index, value) in zip(target, x.floats) { results[index] = combine(results[index], value) }
        guard x.integers != nil else { return ONNXTensor(shape: shape, .floats(results)) }
        return ONNXTensor(shape: shape, .integers(results.map { Int(exactly: $0.rounded()) ?? 0 }))
    }

    // MARK: Constants

    private func cast(_ node: ONNXNode, _ x: ONNXTensor) throws(ModelFileError) -> ONNXTensor {
        // TensorProto.DataType: the floats of several widths, the whole numbers, truth values.
        switch node.integer("to", default: 0) {
        case 1, 10, 11, 16: return ONNXTensor(shape: x.shape, .floats(x.floats))
        case 2...7, 12, 13:
            if x.integers != nil { return x }
            var values: [Int] = []
            for value in x.floats {
                guard let whole = Int(exactly: value.rounded(.towardZero)) else { throw node.unsupported("\(value)") }
                values.append(whole)
            }
            return ONNXTensor(shape: x.shape, .integers(values))
        case 9: return ONNXTensor(shape: x.shape, .integers(x.floats.map { $0 != 0 ? 1 : 0 }))
        case let other: throw node.unsupported("elements of type \(other)")
        }
    }

    private func constant(_ node: ONNXNode) throws(ModelFileError) -> ONNXTensor {
        if let tensor = try node.tensor("value") { return tensor }
        if node.hasAttribute("value_int") { return ONNXTensor(node.integer("value_int", default: 0)) }
        if let values = node.integers("value_ints"), node.hasAttribute("value_ints") { return ONNXTensor(values) }
        if node.hasAttribute("value_float") {
            return ONNXTensor(shape: [], .floats([node.float("value_float", default: 0)]))
        }
        if let values = node.floats("value_floats"), node.hasAttribute("value_floats") {
            return ONNXTensor(shape: [values.count], .floats(values))
        }
        throw node.unsupported("a constant that is no tensor")
    }

    private func filled(_ node: ONNXNode, _ shape: ONNXTensor) throws(ModelFileError) -> ONNXTensor {
        guard let extents = shape.integers, let count = ONNXTensor.count(of: extents), count <= Self.maximumCount else {
            throw node.unsupported("the shape \(shape.integers ?? [])")
        }
        guard let value = try node.tensor("value") else {
            return ONNXTensor(shape: extents, .floats(Array(repeating: 0, count: count)))
        }
        if let whole = value.integers?.first {
            return ONNXTensor(shape: extents, .integers(Array(repeating: whole, count: count)))
        }
        return ONNXTensor(shape: extents, .floats(Array(repeating: value.floats.first ?? 0, count: count)))
    }

    private func range(
        _ node: ONNXNode, _ start: ONNXTensor, _ end: ONNXTensor, _ step: ONNXTensor
    ) throws(ModelFileError) -> ONNXTensor {
        guard let first = start.floats.first, let last = end.floats.first, let delta = step.floats.first, delta != 0,
            let count = Int(exactly: max(0, ((last - first) / delta).rounded(.up))), count <= Self.maximumCount
        else { throw node.unsupported("a range without end") }
        if let first = start.integers?.first, let delta = step.integers?.first, end.integers != nil {
            return ONNXTensor((0..<count).map { first &+ $0 &* delta })
        }
        return ONNXTensor(shape: [count], .floats((0..<count).map { first + Float($0) * delta }))
    }
}
