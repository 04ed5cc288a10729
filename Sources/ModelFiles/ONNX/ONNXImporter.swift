import Networks

/// Turns the graph of an ONNX file into a `Network`, node by node in the file's order, which is one in which they can run.
///
/// Feature maps lie with their channels innermost here and with them outermost there: a Transpose between the two is no
/// layer, and what moves or counts axes is worked out while importing. What only constants go into is worked out too. Nodes
/// after the heads that no network has (Exp, Slice, NonMaxSuppression…) are kept as they are, for `ONNXBoxDecoding` to see
/// what they do.
package struct ONNXImporter: ~Copyable {
    /// The parameters of all layers, counted once a use, may take this many times the bytes of the file, and
    /// `baseParameterBytes` more.
    static let maximumExpansion = 4
    /// See `maximumExpansion`.
    static let baseParameterBytes = 1 << 20

    let file: ONNXFile
    var builder: NetworkBuilder
    /// What each name stands for, once it is made.
    private var values: [String: ONNXValue]
    /// The nodes that were kept.
    private(set) var tail: [ONNXNode] = []
    /// What was done to the photo before the first layer; nil until that is known.
    private(set) var image: ONNXImage?
    /// The same for tests: what each channel was multiplied by, what was added, and whether blue came first.
    package var preparation: (scale: SIMD3<Float>, bias: SIMD3<Float>, isReversed: Bool)? {
        image.map { ($0.scale, $0.bias, $0.isReversed) }
    }
    private var evaluator: ONNXEvaluator
    private var parameterBytes = 0
    let readers: ONNXReaders
    /// Nodes that are part of a layer before them, with the name of what that layer makes.
    private var absorbed: [Int: String] = [:]
    /// Tensors of bytes as floats, where something needs them so.
    var dequantized: [TensorID: TensorID] = [:]
    /// The number of convolutions so far.
    var convolutions = 0
    /// Factors of Winograd's method by the number of the convolution.
    private(set) var winograd: [Int: WinogradFactors] = [:]

    /// Begins with the graph's input, which must be one photo of three channels.
    package init(_ file: ONNXFile) throws(ModelFileError) { try self.init(file, winograd: [:]) }

    /// - Parameter winograd: factors of Winograd's method by the number of the convolution.
    init(_ file: ONNXFile, winograd: [Int: WinogradFactors]) throws(ModelFileError) {
        let graph = file.graph
        var values: [String: ONNXValue] = [:]
        for (index, tensor) in graph.initializer.enumerated() { values[tensor.name] = .stored(index) }
        let inputs = graph.input.filter { values[$0.name] == nil }
        guard inputs.count == 1, inputs[0].type.hasTensorType else {
            throw .unsupportedNetwork(reason: "it has \(inputs.count) inputs, not one image")
        }
        var shape = inputs[0].type.tensorType.shape.dim.map { Int(clamping: $0.dimValue) }
        // Of a batch of any size, one.
        if shape.count == 4, shape[0] <= 1 { shape[0] = 1 }
        let isBatch = shape.count == 4 && shape[0] == 1
        let first = isBatch ? 1 : 0
        guard isBatch || shape.count == 3, let axis = [first, shape.count - 1].first(where: { shape[$0] == 3 }) else {
            throw .unsupportedNetwork(reason: "its input has shape \(shape), not one photo of three channels")
        }
        // A photo of any size, of which a node makes one size, has none yet.
        let image = ONNXImage(shape: shape, channelAxis: axis)
        let (height, width) = image.hasSize ? image.size : (1, 1)
        let imageShape = try proven { () throws(NetworkError) in
            try TensorShape(height: height, width: width, channels: 3)
        }
        self.file = file
        self.winograd = winograd
        evaluator = ONNXEvaluator(fileSize: file.size)
        readers = ONNXReaders(graph)
        builder = NetworkBuilder(input: imageShape, element: .float32)
        values[inputs[0].name] = .image(image)
        self.values = values
        if let quantization = quantization(ofPhoto: inputs[0].name) {
            builder = NetworkBuilder(input: imageShape, element: .uint8(quantization))
        }
    }

    /// Imports every node.
    package mutating func importNodes() throws(ModelFileError) {
        guard file.graph.node.count <= NetworkBuilder.maximumLayers * 16 else {
            throw .tooMany(
                what: "nodes", found: file.graph.node.count, limit: NetworkBuilder.maximumLayers * 16)
        }
        for (index, proto) in file.graph.node.enumerated() {
            let node = ONNXNode(proto, index: index)
            guard node.inputs.count <= ONNXNode.maximumInputs, node.outputs.count <= ONNXNode.maximumInputs else {
                throw node.unsupported("\(node.inputs.count) inputs and \(node.outputs.count) outputs")
            }
            try importNode(node)
        }
    }

    private mutating func importNode(_ node: ONNXNode) throws(ModelFileError) {
        if let name = absorbed[node.index], let value = values[name] { return try define(node, value) }
        var kinds = Kinds()
        for input in node.inputs where !input.isEmpty {
            guard let value = values[input] else { throw node.unsupported("\(input) is made by no node before it") }
            kinds.note(value)
        }
        guard node.isStandard else {
            guard kinds.hasTraced || kinds.hasRows, !kinds.hasMap else { throw node.isUnsupported }
            return keep(node)
        }
        if !kinds.hasActivation {
            if node.kind == "DequantizeLinear" { return try define(node, .dequantized(node)) }
            if try evaluate(node) { return }
            throw node.isUnsupported
        }
        if node.kind == "Shape" || node.kind == "Size", let shape = try shape(node, 0) {
            let extents = node.kind == "Shape" ? try ONNXShapes.part(of: shape, node) : [shape.reduce(1, *)]
            return try define(
                node, .constant(ONNXTensor(shape: node.kind == "Shape" ? [extents.count] : [], .integers(extents))))
        }
        if kinds.hasTraced { return keep(node) }
        if kinds.hasImage, try transformImage(node) { return }
        if try layer(node) { return }
        // What the network has no layer for may follow the heads, but no feature map.
        guard !kinds.hasMap, !kinds.hasImage else { throw node.isUnsupported }
        keep(node)
    }

    /// Adds the layer of a node; false where it is none.
    private mutating func layer(_ node: ONNXNode) throws(ModelFileError) -> Bool {
        switch node.kind {
        case "Conv": try convolution(node)
        case "ConvTranspose": try transposedConvolution(node)
        case "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool": try pooling(node)
        case "ReduceMean": return try mean(node)
        case "Slice": return try slice(node)
        case "Split": return try split(node)
        case "BatchNormalization": try batchNormalization(node)
        case "Relu": return try activation(node, .relu)
        case "HardSwish": return try activation(node, .hardSwish)
        case "HardSigmoid": return try hardSigmoid(node)
        case "Clip": return try clip(node)
        case "Sigmoid": return try confidence(node, .sigmoid)
        case "Softmax": return try softmax(node)
        case "PRelu": try rectifier(node)
        case "Elu", "LeakyRelu": return try function(node)
        case "Add", "Sub", "Mul", "Div": return try arithmetic(node)
        case "Pow": return try square(node)
        case "ReduceSum", "ReduceL2": return try sumOfSquares(node)
        case "Sqrt": return try root(node)
        case "Expand": return try expand(node)
        case "Pad": try pad(node)
        case "Resize", "Upsample": try resize(node)
        case "Concat": return try concatenation(node)
        case "Transpose": return try transpose(node)
        case "Reshape", "Flatten", "Squeeze", "Unsqueeze": return try reshape(node)
        case "Identity", "Dropout", "Cast": try pass(node)
        case "QuantizeLinear": return try quantizeLinear(node)
        case "DequantizeLinear": try dequantizeLinear(node)
        default: return false
        }
        return true
    }

    /// What the inputs of a node are.
    private struct Kinds {
        var hasActivation = false, hasTraced = false, hasMap = false, hasRows = false, hasImage = false

        mutating func note(_ value: ONNXValue) {
            switch value {
            case .constant, .stored, .dequantized: return
            case .bytes(let value): return note(value)
            case .traced: hasTraced = true
            case .image: hasImage = true
            case .map, .padded, .length, .split: hasMap = true
            case .rows, .confidences: hasRows = true
            }
            hasActivation = true
        }
    }

    // MARK: What nodes read

    /// What a node's input stands for.
    func value(_ node: ONNXNode, _ input: Int) throws(ModelFileError) -> ONNXValue {
        guard node.has(input), let value = values[node.inputs[input]] else {
            throw node.unsupported("it has no input \(input)")
        }
        return value
    }

    /// The tensor of the network that a name stands for, if it is one; of scores, before what makes confidences of them.
    package func output(_ name: String) -> TensorID? {
        switch values[name] {
        case .map(let id), .rows(let id, _), .confidences(let id, _, _): id
        default: nil
        }
    }

    /// Makes a node part of a layer before it, which makes the value of a name.
    mutating func absorb(_ node: ONNXNode, as name: String) { absorbed[node.index] = name }

    /// What a name stands for.
    func value(named name: String) -> ONNXValue? { values[name] }

    /// The extents of an input as the file has them; nil where they follow from numbers that are not known yet.
    func shape(_ node: ONNXNode, _ input: Int) throws(ModelFileError) -> [Int]? {
        try shape(of: try value(node, input), node, input)
    }

    private func shape(
        of value: ONNXValue, _ node: ONNXNode, _ input: Int
    ) throws(ModelFileError) -> [Int]? {
        switch value {
        case .bytes(let value): return try shape(of: value, node, input)
        case .image(let image): return image.hasSize ? image.shape : nil
        case .map(let id): return Self.shape(ofMap: builder[id].shape)
        case .padded(let id, let padding):
            var shape = Self.shape(ofMap: builder[id].shape)
            shape[2] += padding.top + padding.bottom
            shape[3] += padding.left + padding.right
            return shape
        case .length(let id, let length):
            var shape = Self.shape(ofMap: builder[id].shape)
            if length != .squares { shape[1] = 1 }
            return shape
        case .rows(_, let shape), .confidences(_, let shape, _), .split(_, let shape, _): return shape
        case .constant, .stored, .dequantized: return try constant(node, input).shape
        case .traced: return nil
        }
    }

    static func shape(ofMap shape: TensorShape) -> [Int] { [1, shape.channels, shape.height, shape.width] }

    /// A constant that a node reads.
    func constant(_ node: ONNXNode, _ input: Int) throws(ModelFileError) -> ONNXTensor {
        switch try value(node, input) {
        case .constant(let tensor): return tensor
        case .stored(let index): return try ONNXTensor(file.graph.initializer[index])
        case .dequantized(let node): return try dequantizedConstant(node)
        default: throw node.unsupported("its input \(input), \(node.inputs[input]), is not a constant")
        }
    }

    /// A constant that a node may leave out.
    func optionalConstant(_ node: ONNXNode, _ input: Int) throws(ModelFileError) -> ONNXTensor? {
        node.has(input) ? try constant(node, input) : nil
    }

    /// Whether an input is a constant.
    func isConstant(_ node: ONNXNode, _ input: Int) -> Bool {
        guard node.has(input) else { return false }
        switch values[node.inputs[input]] {
        case .constant, .stored, .dequantized: return true
        default: return false
        }
    }

    /// The whole numbers of a constant that earlier operator sets have as an attribute.
    func list(_ node: ONNXNode, _ name: String, _ input: Int) throws(ModelFileError) -> [Int]? {
        guard node.has(input) else { return node.integers(name) }
        guard let values = try constant(node, input).integers else { throw node.unsupported("\(name) of fractions") }
        return values
    }

    /// The constants among a node's inputs.
    func constants(_ node: ONNXNode) throws(ModelFileError) -> [ONNXTensor?] {
        var tensors: [ONNXTensor?] = []
        for input in node.inputs.indices { tensors.append(try optionalConstant(node, input)) }
        return tensors
    }

    /// The feature map that a node reads; the photo becomes one here.
    ///
    /// - Parameter inBytes: whether it may be of bytes.
    mutating func map(_ node: ONNXNode, _ input: Int, inBytes: Bool = false) throws(ModelFileError) -> TensorID {
        let (id, padding) = try paddedMap(node, input)
        guard padding == ONNXPadding() else { throw node.unsupported("padding before it cannot be folded into it") }
        return inBytes ? id : try reals(id)
    }

    /// The feature map that a window slides over, in bytes or floats, and the zeros around it.
    mutating func paddedMap(_ node: ONNXNode, _ input: Int) throws(ModelFileError) -> (TensorID, ONNXPadding) {
        switch try value(node, input) {
        case .map(let id): return (id, ONNXPadding())
        case .padded(let id, let padding): return (id, padding)
        case .image(let image): return (try begin(with: image, node), ONNXPadding())
        default: throw node.unsupported("its input \(input), \(node.inputs[input]), is no feature map")
        }
    }

    /// Whether an input is, or becomes, a feature map.
    func isMap(_ node: ONNXNode, _ input: Int) -> Bool {
        guard node.has(input) else { return false }
        switch values[node.inputs[input]] {
        case .map, .padded, .image: return true
        default: return false
        }
    }

    /// The network's input as a feature map: what was done to the photo before is how it is prepared.
    mutating func begin(with image: ONNXImage, _ node: ONNXNode) throws(ModelFileError) -> TensorID {
        guard image.channelAxis == 1, image.shape == Self.shape(ofMap: builder[builder.inputTensor].shape) else {
            throw node.unsupported("a photo of shape \(image.shape)")
        }
        guard self.image == nil || self.image?.scale == image.scale && self.image?.bias == image.bias else {
            throw node.unsupported("a photo that is prepared in two ways")
        }
        self.image = image
        return builder.inputTensor
    }

    /// A tensor that lies as its shape says; of scores, the confidences.
    ///
    /// - Parameter inBytes: whether it may be of bytes.
    mutating func rows(
        _ node: ONNXNode, _ input: Int, inBytes: Bool = false
    ) throws(ModelFileError) -> (TensorID, shape: [Int])? {
        switch try value(node, input) {
        case .rows(let id, let shape): return (inBytes ? id : try reals(id), shape)
        case .confidences(let logits, let shape, let confidence):
            return (try confidences(logits, shape, confidence, name: node.inputs[input]), shape)
        default: return nil
        }
    }

    /// What is made of scores, a row of the last extent of their shape each.
    mutating func confidences(
        _ logits: TensorID, _ shape: [Int], _ confidence: ONNXConfidence, name: String
    ) throws(ModelFileError) -> TensorID {
        let logits = try reals(logits)
        let count = builder[logits].shape.elementCount
        let columns = shape.last ?? 1
        return try proven { () throws(NetworkError) in
            switch confidence {
            case .softmax:
                try builder.softmax(try builder.matrix(logits, [count / columns, columns], name: name), name: name)
            case .sigmoid: try builder.activation(logits, .sigmoid, name: name)
            }
        }
    }

    // MARK: What nodes make

    /// Records what one of a node's outputs has become. Others must not be read.
    mutating func define(_ node: ONNXNode, _ value: ONNXValue, output: Int = 0) throws(ModelFileError) {
        guard node.outputs.indices.contains(output) else { throw node.unsupported("it makes nothing") }
        let name = node.outputs[output]
        guard !name.isEmpty, values[name] == nil else {
            throw node.unsupported("it makes nothing, or what is there already")
        }
        values[name] = value
    }

    /// Works a node out of constants; false where it is of no kind that is.
    private mutating func evaluate(_ node: ONNXNode) throws(ModelFileError) -> Bool {
        if node.kind == "Identity" {
            try define(node, try value(node, 0))
            return true
        }
        let inputs = try constants(node)
        guard let results = try evaluator.evaluate(node, inputs, operatorSet: file.operatorSet) else { return false }
        for (name, result) in zip(node.outputs, results) where !name.isEmpty {
            guard values[name] == nil else { throw node.unsupported("it makes what is there already") }
            values[name] = .constant(result)
        }
        return true
    }

    /// Keeps a node that comes after the heads.
    private mutating func keep(_ node: ONNXNode) {
        tail.append(node)
        for name in node.outputs where !name.isEmpty { values[name] = .traced }
    }

    // MARK: Bookkeeping

    /// Counts the bytes of parameters that a layer takes, before they are made.
    mutating func charge(_ count: Int, _ node: ONNXNode) throws(ModelFileError) {
        parameterBytes += count * 4
        let limit = Self.maximumExpansion * file.size + Self.baseParameterBytes
        guard parameterBytes <= limit else {
            throw .tooMany(what: "bytes of parameters in all layers", found: parameterBytes, limit: limit)
        }
    }

    /// Ends the network, which is for `outputs`, without the layers that these do not need.
    package consuming func build(outputs: [TensorID]) -> Network {
        let network = builder.build(outputs: outputs)
        return (try? network.removingUnusedLayers()) ?? network
    }
}
