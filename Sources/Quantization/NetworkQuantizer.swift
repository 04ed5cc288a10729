import Networks
import MultiBox

/// Builds the 8-bit network of a float one whose ranges are known.
///
/// Each layer is computed in bytes where its operation can be and its inputs are, else in floats; a tensor that is needed
/// in the other form is converted once, where it is first needed.
struct NetworkQuantizer: ~Copyable {
    private let source: Network
    private let staysFloat: [Bool]
    private let quantizations: [Quantization]
    private let tileMagnitudes: [Int: [Float]]
    private var preprocessing: Preprocessing
    private let readers: [[Int]]
    private var builder: NetworkBuilder
    /// Tensors of the new network by index of the old one's: as bytes, and as floats.
    private var bytes: [TensorID?]
    private var floats: [TensorID?]
    /// Layers whose work an earlier one does.
    private var done: Set<Int> = []
    /// What the photo's bytes are before they are normalised, if the input is bytes.
    private var inputNormalization: (scale: [Float], bias: [Float])?

    /// Prepares the network.
    ///
    /// - Parameters:
    ///   - source: the float network, with curves as layers of their own.
    ///   - ranges: of its tensors, by index; each holds 0.
    ///   - tileMagnitudes: of the convolutions that are computed by Winograd's method, by the layer's index: how far each of
    ///     the 16 positions of a transformed tile reaches from 0.
    init(
        _ source: Network, preprocessing: Preprocessing, ranges: [ClosedRange<Float>], tileMagnitudes: [Int: [Float]],
        staysFloat: (String) -> Bool
    ) throws(NetworkError) {
        self.source = source
        self.preprocessing = preprocessing
        self.tileMagnitudes = tileMagnitudes
        var readers = [[Int]](repeating: [], count: source.tensors.count)
        for (index, layer) in source.layers.enumerated() {
            for input in layer.inputs { readers[input.index].append(index) }
        }
        self.readers = readers
        let isFloat = source.layers.map { layer in
            if case .convolution = layer.operation { staysFloat(layer.name) } else { false }
        }
        self.staysFloat = isFloat
        quantizations = source.tensors.indices.map { tensor in
            Self.quantization(of: ranges[tensor], readers: readers[tensor].map { source.layers[$0].operation })
        }
        bytes = [TensorID?](repeating: nil, count: source.tensors.count)
        floats = bytes
        var element = ElementType.float32
        if case .affine(let scale, let bias) = preprocessing.normalization,
            readers[source.input.index].allSatisfy({ index in
                if case .convolution = source.layers[index].operation { return !isFloat[index] }
                return false
            }), let quantization = Self.photoQuantization(scale: scale, bias: bias)
        {
            inputNormalization = (scale, bias)
            element = .uint8(quantization)
            self.preprocessing.normalization = .bytes
        }
        builder = NetworkBuilder(input: source[source.input].shape, element: element)
        if element == .float32 {
            floats[source.input.index] = builder.inputTensor
        } else {
            bytes[source.input.index] = builder.inputTensor
        }
    }

    /// The photo's own bytes as numbers that are near the normalised ones: the scale of all channels' mean, the zero point
    /// at the mean of what becomes 0. What that is off by, the first convolutions make good, except that their padding is
    /// this one zero point in all channels.
    private static func photoQuantization(scale: [Float], bias: [Float]) -> Quantization? {
        guard scale.count == 3, bias.count == 3, scale.allSatisfy({ $0 > 0 }) else { return nil }
        let zero = zip(scale, bias).reduce(0) { $0 - $1.1 / $1.0 } / 3
        guard (0...255).contains(zero.rounded()) else { return nil }
        return Quantization(scale: scale.reduce(0, +) / 3, zeroPoint: Int(zero.rounded()))
    }

    /// 256 levels over a range. Beyond ±3 hard-swish and hard-sigmoid are lines or constants that a tensor which only they
    /// read need not tell apart.
    private static func quantization(of range: ClosedRange<Float>, readers: [Operation]) -> Quantization {
        var (lower, upper) = (range.lowerBound, range.upperBound)
        let curves = readers.map { operation -> Activation? in
            if case .activation(let activation) = operation { activation } else { nil }
        }
        if !curves.isEmpty, curves.allSatisfy({ $0 == .hardSwish || $0 == .hardSigmoid }) {
            lower = max(lower, -3)
            if curves.allSatisfy({ $0 == .hardSigmoid }) { upper = min(upper, 3) }
        }
        return Quantization(covering: lower...upper)
    }

    // MARK: Layers

    /// Adds every layer.
    mutating func addLayers() throws(NetworkError) {
        for index in source.layers.indices where !done.contains(index) {
            try computesInBytes(index) ? addInBytes(index) : addInFloats(index)
        }
    }

    /// The finished network, its outputs as floats, and what makes its input of a photo.
    consuming func finish(
        outputs: [TensorID]
    ) throws(NetworkError) -> (network: Network, outputs: [TensorID], preprocessing: Preprocessing) {
        var ids: [TensorID] = []
        for output in outputs { ids.append(try inFloats(output)) }
        let preprocessing = preprocessing
        return (builder.build(outputs: ids), ids, preprocessing)
    }

    private func computesInBytes(_ index: Int) -> Bool {
        let layer = source.layers[index]
        let areBytes = layer.inputs.allSatisfy { bytes[$0.index] != nil && floats[$0.index] == nil }
        switch layer.operation {
        case .convolution: return !staysFloat[index]
        case .activation, .maxPooling, .reshape, .add, .averagePooling(_, countPadding: false), .plain: return areBytes
        case .scaleChannels: return bytes[layer.inputs[0].index] != nil
        case .concatenation:
            // Worth a common scale only for readers that compute in bytes.
            return areBytes
                && readers[layer.output.index].contains { reader in
                    switch source.layers[reader].operation {
                    case .convolution: !staysFloat[reader]
                    case .activation, .maxPooling, .averagePooling(_, countPadding: false), .plain: true
                    default: false
                    }
                }
        case .averagePooling, .multiply, .softmax, .l2Normalization, .batchNormalization, .convert: return false
        }
    }

    private mutating func addInFloats(_ index: Int) throws(NetworkError) {
        let layer = source.layers[index]
        var inputs: [TensorID] = []
        for input in layer.inputs { inputs.append(try inFloats(input)) }
        var (operation, output) = (layer.operation, layer.output)
        // A curve that is the only reader of a float convolution is its activation again.
        if case .convolution(var convolution) = operation, convolution.activation == .none,
            readers[output.index].count == 1, let reader = readers[output.index].first,
            case .activation(let activation) = source.layers[reader].operation
        {
            convolution.activation = activation
            (operation, output) = (.convolution(convolution), source.layers[reader].output)
            done.insert(reader)
        }
        floats[output.index] = try builder.add(
            operation, inputs, parameters: source.parameters, element: .float32, shape: source[output].shape,
            name: layer.name)
    }

    private mutating func addInBytes(_ index: Int) throws(NetworkError) {
        let layer = source.layers[index]
        var inputs: [TensorID] = []
        for input in layer.inputs { inputs.append(try inBytes(input)) }
        var operation = layer.operation
        var element = ElementType.uint8(quantizations[layer.output.index])
        switch operation {
        case .convolution(var convolution):
            let input = builder[inputs[0]].element
            convolution.parameters = try quantized(convolution, layer: layer, input: input)
            if let magnitudes = tileMagnitudes[index], let input = input.quantization {
                convolution.winograd = WinogradFactors(magnitudes: magnitudes.map { $0 / input.scale })
            }
            operation = .convolution(convolution)
        case .activation(let activation):
            // Their results are known to lie in 0…1.
            if activation == .sigmoid || activation == .hardSigmoid {
                element = .uint8(Quantization.unit)
            }
        case .concatenation:
            for (position, input) in inputs.enumerated() where builder[input].element != element {
                inputs[position] = try builder.convert(input, to: element, name: "\(layer.name).\(position)")
            }
        case .plain(let operation): if operation.keepsQuantization { element = builder[inputs[0]].element }
        default: break
        }
        bytes[layer.output.index] = try builder.add(
            operation, inputs, parameters: source.parameters, element: element, shape: source[layer.output].shape,
            name: layer.name)
    }

    // MARK: Forms

    private mutating func inBytes(_ id: TensorID) throws(NetworkError) -> TensorID {
        if let made = bytes[id.index] { return made }
        guard let made = floats[id.index] else { preconditionFailure("layers come after the makers of their inputs") }
        let converted = try builder.convert(
            made, to: .uint8(quantizations[id.index]), name: "\(name(of: id)).bytes")
        bytes[id.index] = converted
        return converted
    }

    private mutating func inFloats(_ id: TensorID) throws(NetworkError) -> TensorID {
        if let made = floats[id.index] { return made }
        guard let made = bytes[id.index] else { preconditionFailure("layers come after the makers of their inputs") }
        let converted = try builder.convert(made, to: .float32, name: "\(name(of: id)).floats")
        floats[id.index] = converted
        return converted
    }

    private func name(of id: TensorID) -> String {
        source.layers.first { $0.output == id }?.name ?? "input"
    }

    // MARK: Weights

    /// The largest bias, in units of input scale · weight scale: a quarter of what 32 bits hold.
    private static let maximumBias: Float = 0x1p29

    private func quantized(
        _ convolution: Convolution, layer: Layer, input: ElementType
    ) throws(NetworkError) -> Convolution.Parameters {
        guard case .float32(let weightID, let biasID) = convolution.parameters, let input = input.quantization else {
            preconditionFailure("a float convolution of bytes")
        }
        var weights = source.parameters.values(weightID)
        var bias = convolution.filled(source.parameters.values(biasID))
        let channels = convolution.outputChannels
        let isDense = convolution.grouping == .dense
        if layer.inputs[0] == source.input, let inputNormalization {
            Self.absorb(inputNormalization, input, isDense: isDense, &weights, &bias)
        }
        guard (weights + bias).allSatisfy(\.isFinite) else {
            throw .invalidParameter(layer: layer.name, parameter: "weights", reason: "are not all finite")
        }
        // A channel of small weights and a large bias takes a larger scale than its weights need, to keep the bias.
        let scales = ChannelScales(weights, channels: channels, isDense: isDense) { channel in
            bias[channel].magnitude / (input.scale * Self.maximumBias)
        }
        let quantizedBias = (0..<channels).map { channel in
            Int32((bias[channel] / (input.scale * scales.values[channel])).rounded())
        }
        return .int8(
            weights: scales.quantized(weights), zeroPoint: 0, scales: scales.values, bias: quantizedBias)
    }

    /// Lets a first convolution read the photo's bytes: channel c of the normalised photo is scale[c] · q + bias[c], what
    /// it reads scale · (q − zero point).
    private static func absorb(
        _ normalization: (scale: [Float], bias: [Float]), _ input: Quantization, isDense: Bool,
        _ weights: inout [Float], _ bias: inout [Float]
    ) {
        let terms = weights.count / bias.count
        for index in weights.indices {
            let channel = index % 3
            let output = isDense ? index / terms : channel
            let offset = normalization.bias[channel] + normalization.scale[channel] * Float(input.zeroPoint)
            bias[output] += weights[index] * offset
            weights[index] *= normalization.scale[channel] / input.scale
        }
    }
}
