import Networks
import Platform

/// Writes a network as nodes of an ONNX graph.
///
/// Feature maps, which lie with their channels innermost here, are [1, channels, height, width] there, everything else as it
/// is with a batch of 1 in front. A quantized tensor is one of unsigned bytes there that each reader turns into reals
/// (DequantizeLinear) and each maker makes of reals (QuantizeLinear): the form that ONNX Runtime and others run in integers.
struct ONNXExporter {
    /// The name of the photo: [1, 3, height, width] of floats, red first, 0 to 1.
    static let image = "image"

    let network: Network
    var writer: ONNXGraphWriter
    /// The names of tensors, once they are known.
    private var names: [TensorID: String] = [:]
    /// The names of quantized tensors as reals.
    private var reals: [TensorID: String] = [:]

    /// Begins with the photo and what the model does to it.
    ///
    /// - Parameter reserved: names that are for other values.
    init(_ network: Network, _ preprocessing: Preprocessing, name: String, reserved: [String]) {
        self.network = network
        writer = ONNXGraphWriter(name: name)
        for name in [Self.image] + reserved { _ = writer.unique(name) }
        let shape = network[network.input].shape
        writer.input(Self.image, .float, [.fixed(1), .fixed(3), .fixed(shape.height), .fixed(shape.width)])
        var x = Self.image
        if preprocessing.channelOrder == .bgr {
            let order = writer.list("blue first", [2, 1, 0])
            x = writer.node("Gather", [x, order], [("axis", .integer(1))], output: writer.unique("image/bgr"))
        }
        switch preprocessing.normalization {
        case .bytes:
            let unit = writer.constant("image/scale", [], [1 / 255])
            let zero = writer.constant("image/zero point", [], .uint8, integers: [UInt8(0)])
            x = writer.node("QuantizeLinear", [x, unit, zero], output: writer.unique("image/bytes"))
        case .affine(let scale, let bias):
            let factors = writer.constant("image/scale", [1, 3, 1, 1], scale.map { $0 * 255 })
            x = writer.node("Mul", [x, factors], output: writer.unique("image/scaled"))
            if bias.contains(where: { $0 != 0 }) {
                let summands = writer.constant("image/bias", [1, 3, 1, 1], bias)
                x = writer.node("Add", [x, summands], output: writer.unique("image/normalized"))
            }
        }
        names[network.input] = x
    }

    /// Gives a tensor that is to be made the name that was reserved for it.
    mutating func name(_ id: TensorID, _ name: String) { if names[id] == nil { names[id] = name } }

    /// The name of a tensor that was made.
    func name(of id: TensorID) -> String {
        guard let name = names[id] else { preconditionFailure("a tensor that a layer before has made") }
        return name
    }

    /// Adds all layers.
    mutating func addLayers() throws(ModelFileError) {
        for layer in network.layers {
            let output = network[layer.output]
            let base = layer.name.isEmpty ? layer.operation.kind : layer.name
            let name = names[layer.output] ?? writer.unique(base)
            names[layer.output] = name
            guard let quantization = output.element.quantization else {
                try add(layer, base: base, output: name)
                continue
            }
            let real = writer.unique(base + "/real")
            try add(layer, base: base, output: real)
            quantize(real, quantization, base: base, output: name)
        }
    }

    // MARK: Values

    /// The name of a tensor's reals.
    mutating func real(_ id: TensorID) -> String {
        guard let quantization = network[id].element.quantization else { return name(of: id) }
        if let real = reals[id] { return real }
        let base = name(of: id)
        let real = dequantize(base, quantization, base: base, output: writer.unique(base + "/dequantized"))
        reals[id] = real
        return real
    }

    private mutating func parameters(of quantization: Quantization, _ base: String) -> [String] {
        [
            writer.constant(base + "/scale", [], [quantization.scale]),
            writer.constant(base + "/zero point", [], .uint8, integers: [UInt8(quantization.zeroPoint)]),
        ]
    }

    private mutating func quantize(_ real: String, _ quantization: Quantization, base: String, output: String) {
        writer.node("QuantizeLinear", [real] + parameters(of: quantization, base), output: output)
    }

    private mutating func dequantize(
        _ bytes: String, _ quantization: Quantization, base: String, output: String
    ) -> String {
        writer.node("DequantizeLinear", [bytes] + parameters(of: quantization, base), output: output)
    }

    /// Adds what comes after a sum or product that makes `output` in the end: calls `body` with the name that it is to make. The
    /// node of the sum has the layer's name, which is then the same when the file is read.
    mutating func activated(
        _ activation: Activation, base: String, output: String,
        _ body: (inout ONNXExporter, String) throws(ModelFileError) -> Void
    ) throws(ModelFileError) {
        guard activation != .none else { return try body(&self, output) }
        let before = writer.unique(base + "/sum")
        try body(&self, before)
        writer.nameLastNode(base)
        add(activation, before, output: output)
        writer.nameLastNode(base + "/activation")
    }

    /// Adds a function of each element.
    mutating func add(_ activation: Activation, _ x: String, output: String) {
        switch activation {
        case .none: writer.node("Identity", [x], output: output)
        case .relu: writer.node("Relu", [x], output: output)
        case .relu6:
            let limits = [writer.number(0), writer.number(6)]
            writer.node("Clip", [x] + limits, output: output)
        case .hardSwish: writer.node("HardSwish", [x], output: output)
        case .hardSigmoid:
            writer.node("HardSigmoid", [x], [("alpha", .float(1 / 6)), ("beta", .float(0.5))], output: output)
        case .sigmoid: writer.node("Sigmoid", [x], output: output)
        }
    }

    /// A layer that has no counterpart.
    func unsupported(_ layer: Layer) -> ModelFileError {
        .inconsistent(reason: "the layer \(layer.name.printable), \(layer.operation.kind), has no counterpart in ONNX")
    }
}
