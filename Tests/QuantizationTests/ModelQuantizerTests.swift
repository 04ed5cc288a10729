import MultiBox
import Engine
import Networks
import Quantization
import TestSupport
import Testing

/// Post-training quantization: what it makes is near to what it was made of.
struct ModelQuantizerTests {
    private static let uniform = Preprocessing.Normalization.affine(
        scale: [1 / 127.5, 1 / 127.5, 1 / 127.5], bias: [-1, -1, -1])
    private static let byChannel = Preprocessing.Normalization.affine(
        scale: [1 / 58, 1 / 57, 1 / 57], bias: [-123 / 58, -117 / 57, -104 / 57])

    private func quantizer(_ model: DetectionModel, photos: Int = 8) throws -> ModelQuantizer {
        let quantizer = try ModelQuantizer(model, threads: 2)
        for number in 0..<photos {
            let input = quantizer.makeInput()
            QuantizableModel.fill(input, QuantizableModel.photo(number), model.preprocessing)
            quantizer.observe(input)
        }
        return quantizer
    }

    /// The root mean square of the difference, relative to that of the values.
    private func error(_ values: [Float], _ expected: [Float]) -> Float {
        let difference = zip(values, expected).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        return (difference / expected.reduce(0) { $0 + $1 * $1 }).squareRoot()
    }

    private func kinds(_ model: DetectionModel) -> [String: Int] {
        Dictionary(grouping: model.network.layers, by: \.operation.kind).mapValues(\.count)
    }

    @Test(arguments: CalibrationRange.allCases, [uniform, byChannel])
    func `outputs stay near those of the float model`(
        range: CalibrationRange, normalization: Preprocessing.Normalization
    ) throws {
        let model = try QuantizableModel.make(normalization: normalization)
        let quantized = try quantizer(model).quantized(range: range)
        #expect(quantized.precision == .int8 && quantized.preprocessing.normalization == .bytes)
        #expect(quantized.labels == model.labels && quantized.defaultBoxes == model.defaultBoxes)
        // Photos that calibration has not seen.
        for number in 20..<24 {
            let photo = QuantizableModel.photo(number)
            let expected = try QuantizableModel.rawOutputs(model, photo)
            let found = try QuantizableModel.rawOutputs(quantized, photo)
            let errors = (error(found.locations, expected.locations), error(found.scores, expected.scores))
            #expect(errors.0 < 0.08 && errors.1 < 0.08, "\(errors)")
        }
    }

    @Test func `all but L2 normalization computes in bytes, with as few conversions as that leaves`() throws {
        let quantized = try quantizer(QuantizableModel.make(normalization: Self.uniform)).quantized()
        let network = quantized.network
        for layer in network.layers {
            switch layer.operation {
            case .l2Normalization, .concatenation, .convert:
                #expect(network[layer.output].element == .float32 || layer.name.hasSuffix(".bytes"))
            default: #expect(network[layer.output].element != .float32, "\(layer.name)")
            }
        }
        // Around the normalization, and each of four heads before they are joined.
        #expect(kinds(quantized)["convert"] == 6)
        // Two curves became layers.
        #expect(kinds(quantized)["activation"] == 2)
        #expect(kinds(quantized)["scale channels"] == 1)
    }

    @Test func `every instruction set computes the same bits`() throws {
        let model = try QuantizableModel.make(normalization: Self.uniform)
        let quantized = try quantizer(model).quantized(staysFloat: { $0.hasPrefix("conf") })
        let photo = QuantizableModel.photo(9)
        // The float part is the normalization and two heads, which may differ in rounding.
        let expected = try QuantizableModel.rawOutputs(quantized, photo, InstructionSet.available[0])
        for set in InstructionSet.available {
            let found = try QuantizableModel.rawOutputs(quantized, photo, set)
            #expect(error(found.locations, expected.locations) < 0.02, "\(set)")
        }
    }

    @Test func `convolutions that are named stay float, their curves with them`() throws {
        let model = try QuantizableModel.make(normalization: Self.byChannel)
        let quantizer = try quantizer(model)
        let all = try quantizer.quantized(staysFloat: { _ in true })
        #expect(all.precision == .fp32 && all.preprocessing == model.preprocessing)
        #expect(kinds(all) == kinds(model))
        let photo = QuantizableModel.photo(30)
        let (expected, found) = (
            try QuantizableModel.rawOutputs(model, photo), try QuantizableModel.rawOutputs(all, photo)
        )
        #expect(error(found.scores, expected.scores) < 1e-5)
        let stem = try quantizer.quantized(staysFloat: { $0 == "stem" })
        #expect(stem.precision == .int8 && stem.preprocessing == model.preprocessing)
        guard case .convolution(let convolution) = stem.network.layers[0].operation,
            case .float32 = convolution.parameters
        else {
            Issue.record("the stem is not float")
            return
        }
        #expect(convolution.activation == .hardSwish)
        #expect(error(try QuantizableModel.rawOutputs(stem, photo).scores, expected.scores) < 0.08)
    }

    @Test func `a quantized model in floats is near it, and can be quantized again`() throws {
        let model = try QuantizableModel.make(normalization: Self.uniform)
        let quantizer = try quantizer(model)
        let quantized = try quantizer.quantized()
        #expect(throws: NetworkError.self) { try ModelQuantizer(quantized) }
        let floats = try quantized.inFloats()
        #expect(
            floats.precision == .fp32
                && floats.network.layers.allSatisfy { floats.network[$0.output].element == .float32 })
        for number in 40..<43 {
            let photo = QuantizableModel.photo(number)
            let (expected, found) = (
                try QuantizableModel.rawOutputs(quantized, photo), try QuantizableModel.rawOutputs(floats, photo)
            )
            #expect(error(found.locations, expected.locations) < 0.08 && error(found.scores, expected.scores) < 0.08)
        }
    }

    @Test func `convolutions by Winograd's method stay near plain ones, the same on every instruction set`() throws {
        let model = try QuantizableModel.make(normalization: Self.uniform, isWide: true)
        let quantizer = try quantizer(model)
        let plain = try quantizer.quantized()
        let quantized = try quantizer.quantized(winograd: true)
        let layers = quantized.network.layers.compactMap { layer in
            if case .convolution(let convolution) = layer.operation, convolution.winograd != nil {
                layer.name
            } else {
                nil
            }
        }
        #expect(layers == ["wide.1", "wide.2"])
        #expect(quantized.network.usesWinograd && !plain.network.usesWinograd)
        #expect(try !quantizer.quantized(winograd: true, staysFloat: { $0.hasPrefix("wide") }).network.usesWinograd)
        #expect(try !quantized.inFloats().network.usesWinograd)
        for number in 20..<24 {
            let photo = QuantizableModel.photo(number)
            let expected = try QuantizableModel.rawOutputs(model, photo).scores
            let found = try QuantizableModel.rawOutputs(quantized, photo)
            let (winograd, direct) = (
                error(found.scores, expected), error(try QuantizableModel.rawOutputs(plain, photo).scores, expected)
            )
            #expect(winograd < 0.1 && winograd != direct, "\(winograd), plain \(direct)")
            for set in InstructionSet.available {
                // The normalization is of floats, which may differ in rounding.
                let other = try QuantizableModel.rawOutputs(quantized, photo, set)
                #expect(error(other.locations, found.locations) < 0.02, "\(set)")
            }
        }
    }

    @Test func `weights that make no sense are refused, and dead channels and tensors are not`() throws {
        func model(weight: Float, bias: Float) throws -> DetectionModel {
            var model = try QuantizableModel.make(normalization: Self.uniform)
            var builder = NetworkBuilder(input: try TensorShape(height: 24, width: 24, channels: 3), element: .float32)
            var outputs: [TensorID] = []
            for columns in [4, 3] {
                let convolution = Convolution(
                    window: Window(kernel: 1), grouping: .dense, outputChannels: columns,
                    parameters: builder.floats(
                        weights: [Float](repeating: weight, count: 3 * columns),
                        bias: [Float](repeating: bias, count: columns)), activation: .none)
                let map = try builder.convolution(builder.inputTensor, convolution, name: "head")
                outputs.append(try builder.reshape(map, to: try TensorShape([576, columns]), name: "rows"))
            }
            model.network = builder.build(outputs: outputs)
            (model.locations, model.scores) = (outputs[0], outputs[1])
            model.defaultBoxes = .explicit([CenterBox](repeating: CenterBox(cx: 0.5, cy: 0.5, w: 1, h: 1), count: 576))
            return model
        }
        for weight in [Float.nan, .infinity] {
            #expect(throws: NetworkError.self) { try quantizer(model(weight: weight, bias: 0), photos: 1).quantized() }
        }
        for (weight, bias) in [(0, 0), (1e-20, 3), (0, -7.5), (1e-38, 1e-38)] as [(Float, Float)] {
            let model = try model(weight: weight, bias: bias)
            let quantized = try quantizer(model, photos: 1).quantized()
            let found = try QuantizableModel.rawOutputs(quantized, QuantizableModel.photo(1)).scores
            #expect(found.allSatisfy { abs($0 - bias) <= 0.01 * abs(bias) + 1e-30 }, "\(found[0]), not \(bias)")
        }
    }
}
