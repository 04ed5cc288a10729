import Networks

/// Turns the graph of a TensorFlow Lite file into a `Network`, operator by operator in the order of execution.
///
/// The file's batch axis, which must be 1, is dropped: axis a there is axis a − 1 here. Shapes follow from the operators
/// and not from the file, which holds wrong ones where the converter left a shape to run time; arithmetic on shapes is
/// done while importing. Signed bytes become unsigned ones, all values and zero points moved by 128, and unsigned weights
/// become signed ones, which changes no result. What each layer needs is proven by `NetworkBuilder`.
package struct TFLiteImporter: ~Copyable {
    /// The parameters of all layers, counted once a use, may take this many times the bytes of the file, and
    /// `baseParameterBytes` more: bytes become floats, and layers may share a constant, but neither grows further.
    static let maximumExpansion = 4
    /// See `maximumExpansion`.
    static let baseParameterBytes = 1 << 20
    /// The operator that turns raw outputs into detections.
    static let postProcessName = "TFLite_Detection_PostProcess"

    let file: TFLiteFile
    var builder: NetworkBuilder
    /// The value of each tensor of the file that is not a constant, as soon as it is made.
    private var values: [TFLiteValue?]
    /// Tensors whose elements cannot be negative: a maximum over zeros around them is the same as one without.
    private var nonNegative: Set<TensorID> = []
    private var parameterBytes = 0
    /// Constants that operators made and that no layer has taken yet: their bytes are counted already.
    private var untaken: Set<Int> = []
    /// The detection post-processing, once it has been met.
    private(set) var postProcess: TFLiteOperator?

    /// Begins with the graph's input, which must be one image of three channels.
    package init(_ file: TFLiteFile) throws(ModelFileError) {
        guard file.inputs.count == 1, file.tensors.indices.contains(file.inputs[0]) else {
            throw .unsupportedNetwork(reason: "it has \(file.inputs.count) inputs, not one image")
        }
        let tensor = file.tensors[file.inputs[0]]
        let shape = tensor.shape
        guard shape.count == 4, shape[0] == 1, shape[3] == 3 else {
            throw .unsupportedNetwork(reason: "its input has shape \(shape), not [1, height, width, 3]")
        }
        let element = try Self.element(of: tensor)
        let imageShape = try proven { () throws(NetworkError) in try TensorShape(Array(shape.dropFirst())) }
        self.file = file
        builder = NetworkBuilder(input: imageShape, element: element)
        values = Array(repeating: nil, count: file.tensors.count)
        values[file.inputs[0]] = .activation(builder.inputTensor)
    }

    /// Imports every operator.
    package mutating func importOperators() throws(ModelFileError) {
        for index in 0..<file.operatorCount { try importOperator(try file.operator(index)) }
    }

    private mutating func importOperator(_ op: TFLiteOperator) throws(ModelFileError) {
        guard let builtin = TFLiteBuiltin(rawValue: op.code) else {
            throw .unsupportedOperator(name: op.name, index: op.index)
        }
        switch builtin {
        case .conv2D: try convolution(op, .dense)
        case .depthwiseConv2D: try convolution(op, .depthwise)
        case .maxPool2D, .averagePool2D: try pooling(op, isMaximum: builtin == .maxPool2D)
        case .pad: try pad(op)
        case .add, .sub: try add(op, isDifference: builtin == .sub)
        case .mul: try multiply(op)
        case .relu: try activation(op, .relu)
        case .relu6: try activation(op, .relu6)
        case .hardSwish: try activation(op, .hardSwish)
        case .logistic: try activation(op, .sigmoid)
        case .prelu: try prelu(op)
        case .leakyReLU: try leakyReLU(op)
        case .softmax: try softmax(op)
        case .l2Normalization: try l2Normalization(op)
        case .mean: try mean(op)
        case .resizeBilinear: try resize(op, .bilinear)
        case .resizeNearest: try resize(op, .nearest)
        case .depthToSpace: try depthToSpace(op)
        case .spaceToBatch: try spaceToBatch(op)
        case .batchToSpace: try batchToSpace(op)
        case .concatenation: try concatenation(op)
        case .reshape: try reshape(op)
        case .squeeze: try squeeze(op)
        case .quantize: try convert(op)
        case .dequantize: try dequantize(op)
        case .densify: try densify(op)
        case .shape: try shape(op)
        case .stridedSlice: try stridedSlice(op)
        case .pack: try pack(op)
        case .custom:
            guard op.name == Self.postProcessName, postProcess == nil else {
                throw .unsupportedOperator(name: op.name, index: op.index)
            }
            postProcess = op
        }
    }

    // MARK: What operators read

    /// The file's tensor behind an operator's input.
    func tensor(_ op: TFLiteOperator, _ input: Int) throws(ModelFileError) -> TFLiteTensor {
        file.tensors[try tensorIndex(op, input)]
    }

    private func tensorIndex(_ op: TFLiteOperator, _ input: Int) throws(ModelFileError) -> Int {
        guard op.inputs.indices.contains(input), file.tensors.indices.contains(op.inputs[input]) else {
            throw op.unsupported("it has no input \(input)")
        }
        return op.inputs[input]
    }

    /// Whether an operator has an optional input.
    func hasInput(_ op: TFLiteOperator, _ input: Int) -> Bool {
        op.inputs.indices.contains(input) && op.inputs[input] >= 0
    }

    /// What an operator's input has become; nil for what is, or should be, a constant of the file.
    func value(_ op: TFLiteOperator, _ input: Int) throws(ModelFileError) -> TFLiteValue? {
        values[try tensorIndex(op, input)]
    }

    /// The tensor of the network that an operator reads. Zeros around it, which no window can take in, are added to it.
    mutating func activation(_ op: TFLiteOperator, _ input: Int) throws(ModelFileError) -> TensorID {
        switch try value(op, input) {
        case .activation(let id): return id
        case .padded(let id, let padding):
            let name = try tensor(op, input).name
            let y = try proven { () throws(NetworkError) in
                try builder.pad(
                    id, Pad(top: padding.top, bottom: padding.bottom, left: padding.left, right: padding.right),
                    name: name)
            }
            if isNonNegative(id) { noteNonNegative(y) }
            values[try tensorIndex(op, input)] = .activation(y)
            return y
        case .dealt, .pending: throw op.unsupported("its input \(input) is a batch that space was made into")
        case .floats, .integers: throw op.unsupported("its input \(input) is a constant")
        case nil:
            let tensor = try tensor(op, input)
            throw op.unsupported(
                try file.data(of: tensor) == nil
                    ? "its input \(input), \(tensor.name), is made by no operator before it"
                    : "its input \(input), \(tensor.name), is a constant")
        }
    }

    /// The feature map that a window slides over, and the zeros to add around it.
    mutating func feature(_ op: TFLiteOperator, _ input: Int) throws(ModelFileError) -> (TensorID, TFLitePadding) {
        if case .padded(let id, let padding) = try value(op, input) { return (id, padding) }
        return (try activation(op, input), TFLitePadding())
    }

    /// Whether an operator's input is a constant of numbers, of the file or made by an operator.
    func isConstant(_ op: TFLiteOperator, _ input: Int) throws(ModelFileError) -> Bool {
        switch try value(op, input) {
        case .floats: return true
        case nil: return try file.data(of: tensor(op, input)) != nil
        default: return false
        }
    }

    /// A tensor of the network for an output of the file.
    package func output(_ index: Int) -> TensorID? {
        guard values.indices.contains(index), case .activation(let id) = values[index] else { return nil }
        return id
    }

    // MARK: What operators make

    /// Records what an operator's only output has become.
    mutating func define(_ op: TFLiteOperator, _ value: TFLiteValue) throws(ModelFileError) {
        let index = try outputIndex(op)
        guard values[index] == nil else { throw op.unsupported("its output is made twice") }
        if case .floats = value { untaken.insert(index) }
        values[index] = value
    }

    private func outputIndex(_ op: TFLiteOperator) throws(ModelFileError) -> Int {
        guard op.outputs.count == 1, values.indices.contains(op.outputs[0]) else {
            throw op.unsupported("it has not one output")
        }
        return op.outputs[0]
    }

    /// The element type of what an operator makes.
    func outputElement(_ op: TFLiteOperator) throws(ModelFileError) -> ElementType {
        try Self.element(of: file.tensors[try outputIndex(op)])
    }

    /// The name of the layer that an operator becomes: its output's.
    func name(_ op: TFLiteOperator) throws(ModelFileError) -> String {
        let name = file.tensors[try outputIndex(op)].name
        return name.isEmpty ? "\(op.name) \(op.index)" : name
    }

    /// The element type of a tensor that is not a constant.
    static func element(of tensor: TFLiteTensor) throws(ModelFileError) -> ElementType {
        let shift: Int
        switch tensor.type {
        case .float32: return .float32
        case .uint8: shift = 0
        case .int8: shift = 128
        default:
            throw .unsupportedNetwork(
                reason: "tensor \(tensor.name) is of an element type other than float32 and bytes")
        }
        let (scales, zeroPoints) = try tensor.quantizationParameters(channels: 1)
        guard let scale = scales.first, (-128...255).contains(zeroPoints[0]),
            let quantization = Quantization(scale: scale, zeroPoint: zeroPoints[0] + shift)
        else { throw .unsupportedNetwork(reason: "the quantization of tensor \(tensor.name) is missing or impossible") }
        return .uint8(quantization)
    }

    // MARK: Bookkeeping

    /// Counts the bytes of a constant that an operator made, for each layer that takes it; the first takes it over.
    mutating func chargeTaken(_ op: TFLiteOperator, _ input: Int, bytes: Int) throws(ModelFileError) {
        guard untaken.remove(try tensorIndex(op, input)) == nil else { return }
        try charge(bytes)
    }

    /// Counts the bytes of parameters that a layer takes, before they are copied.
    mutating func charge(_ bytes: Int) throws(ModelFileError) {
        parameterBytes += bytes
        let limit = Self.maximumExpansion * file.size + Self.baseParameterBytes
        guard parameterBytes <= limit else {
            throw .tooMany(what: "bytes of parameters in all layers", found: parameterBytes, limit: limit)
        }
    }

    /// Notes that no element of a tensor can be negative.
    mutating func noteNonNegative(_ id: TensorID) { nonNegative.insert(id) }

    /// Whether no element of a tensor can be negative.
    func isNonNegative(_ id: TensorID) -> Bool {
        nonNegative.contains(id) || builder[id].element.quantization?.zeroPoint == 0
    }

    /// Ends the network, which is for `outputs`.
    package consuming func build(outputs: [TensorID]) -> Network { builder.build(outputs: outputs) }
}

/// Runs a step of the network's construction; what it finds wrong, the file got wrong.
func proven<T>(_ body: () throws(NetworkError) -> T) throws(ModelFileError) -> T {
    do throws(NetworkError) { return try body() } catch { throw .network(error) }
}
