import ModelFiles
import Networks
import TestSupport
import Testing

/// Each operator in a file of its own: what becomes of it, and which uses are refused.
@Suite("Operators of TensorFlow Lite files")
struct TFLiteImporterTests {
    /// The network of a file whose only input is `x`.
    private func network(_ writer: TFLiteWriter, _ x: Int, _ y: Int) throws -> Network {
        var importer = try TFLiteImporter(TFLiteFile(bytes: writer.bytes(inputs: [x], outputs: [y])))
        try importer.importOperators()
        guard let output = importer.output(y) else { throw ModelFileError.unsupportedNetwork(reason: "no output") }
        return importer.build(outputs: [output])
    }

    private func kinds(_ network: Network) -> [String] { network.layers.map(\.operation.kind) }

    private func shape(_ network: Network) -> [Int] { network[network.outputs[0]].shape.dimensions }

    @Test("A padding is folded into each convolution and pooling that reads it")
    func padding() throws {
        var writer = TFLiteWriter()
        let x = writer.tensor("x", [1, 6, 6, 3])
        let rectified = writer.tensor("rectified", [1, 6, 6, 3])
        writer.add(.relu, [x], rectified)
        let amounts = writer.integers("amounts", [4, 2], [0, 0, 1, 2, 3, 4, 0, 0])
        let padded = writer.tensor("padded", [1, 9, 13, 3])
        writer.add(.pad, [rectified, amounts], padded)
        let w = writer.floats("w", [2, 5, 5, 3], (0..<150).map(Float.init))
        let a = writer.tensor("a", [1, 5, 9, 2])
        writer.add(.conv2D, [padded, w], a, options: [0: .int8(1), 1: .int32(1), 2: .int32(1)])
        let b = writer.tensor("b", [1, 2, 3, 3])
        writer.add(
            .maxPool2D, [padded], b,
            options: [0: .int8(1), 1: .int32(4), 2: .int32(4), 3: .int32(5), 4: .int32(5), 5: .int8(0)])
        let network = try network(writer, x, b)
        #expect(kinds(network) == ["activation", "convolution", "max pooling"])
        #expect(shape(network) == [2, 3, 3])
        guard case .convolution(let convolution) = network.layers[1].operation else { return #expect(Bool(false)) }
        let window = convolution.window
        #expect(
            [window.paddingTop, window.paddingBottom, window.paddingLeft, window.paddingRight] == [1, 2, 3, 4])
        #expect(network[network.layers[1].output].shape.dimensions == [5, 9, 2])
        guard case .float32(let weights, let bias) = convolution.parameters else { return #expect(Bool(false)) }
        #expect(network.parameters[weights].values == (0..<150).map(Float.init) && bias == nil)
    }

    @Test(
        "A padding before a maximum over negative numbers is not folded, nor one of channels; one of the batch is refused"
    )
    func paddingAdded() throws {
        for (amounts, expected) in [
            ([0, 0, 1, 1, 1, 1, 0, 0], ["pad", "max pooling"]), ([0, 0, 0, 0, 0, 0, 1, 1], ["pad", "max pooling"]),
            ([0, 0, -1, 0, 0, 0, 0, 0], nil), ([1, 0, 0, 0, 0, 0, 0, 0], nil),
        ] as [([Int], [String]?)] {
            var writer = TFLiteWriter()
            let x = writer.tensor("x", [1, 6, 6, 3])
            let a = writer.integers("amounts", [4, 2], amounts)
            let padded = writer.tensor("padded", [1, 8, 8, 3])
            writer.add(.pad, [x, a], padded)
            let y = writer.tensor("y", [1, 4, 4, 3])
            writer.add(
                .maxPool2D, [padded], y,
                options: [0: .int8(1), 1: .int32(2), 2: .int32(2), 3: .int32(2), 4: .int32(2)])
            if let expected {
                #expect(try kinds(network(writer, x, y)) == expected, "\(amounts)")
            } else {
                #expect(throws: ModelFileError.self, "\(amounts)") { try network(writer, x, y) }
            }
        }
    }

    @Test("An average over a padding counts it")
    func averageOverPadding() throws {
        var writer = TFLiteWriter()
        let x = writer.tensor("x", [1, 6, 6, 3])
        let amounts = writer.integers("amounts", [4, 2], [0, 0, 1, 1, 1, 1, 0, 0])
        let padded = writer.tensor("padded", [1, 8, 8, 3])
        writer.add(.pad, [x, amounts], padded)
        let y = writer.tensor("y", [1, 4, 4, 3])
        writer.add(
            .averagePool2D, [padded], y,
            options: [0: .int8(1), 1: .int32(2), 2: .int32(2), 3: .int32(2), 4: .int32(2), 5: .int8(1)])
        let network = try network(writer, x, y)
        guard case .averagePooling(_, countPadding: true) = network.layers[0].operation else {
            return #expect(Bool(false), "padding counts")
        }
        #expect(kinds(network) == ["average pooling", "activation"])
    }

    @Test("A shape computed at run time is computed while importing")
    func dynamicReshape() throws {
        var writer = TFLiteWriter()
        let x = writer.tensor("x", [1, 4, 6, 3])
        let extents = writer.tensor("extents", [4], .int32)
        writer.add(.shape, [x], extents)
        let zero = writer.integers("0", [1], [0])
        let one = writer.integers("1", [1], [1])
        let batch = writer.tensor("batch", [], .int32)
        writer.add(.stridedSlice, [extents, zero, one, one], batch, options: [4: .int32(1)])
        let rest = writer.integers("-1", [], [-1])
        let last = writer.integers("-1 as index", [1], [-1])
        let channels = writer.tensor("channels", [1], .int32)
        // x.shape[-1:]
        writer.add(.stridedSlice, [extents, last, zero, one], channels, options: [1: .int32(1)])
        let target = writer.tensor("target", [3], .int32)
        writer.add(.pack, [batch, rest, channels], target, options: [0: .int32(3)])
        // What the converter leaves behind such a shape is wrong.
        let y = writer.tensor("y", [1, 1, 3])
        writer.add(.reshape, [x, target], y)
        let network = try network(writer, x, y)
        #expect(kinds(network) == ["reshape"])
        #expect(shape(network) == [24, 3])
    }

    @Test(
        "Shapes with the batch become shapes without",
        arguments: [
            ([1, 8, 6], [8, 6]), ([-1, 8, 6], [8, 6]), ([1, -1], [48]), ([1, 2, 2, 2, 6], [2, 2, 2, 6]),
            ([2, 24], nil), ([48], nil), ([1, -1, -1], nil), ([1, 7, -1], nil), ([1, 0, 48], nil), ([], nil),
            ([1, 1 << 30, 1 << 30], nil), ([1, -2, 24], nil), ([1, 49], nil),
        ] as [([Int], [Int]?)])
    func reshape(target: [Int], expected: [Int]?) throws {
        for isInput in [true, false] {
            var writer = TFLiteWriter()
            let x = writer.tensor("x", [1, 4, 4, 3])
            let y = writer.tensor("y", [1, 1])
            if isInput {
                let extents = writer.integers("target", [target.count], target)
                writer.add(.reshape, [x, extents], y)
            } else {
                writer.add(.reshape, [x], y, options: [0: .int32s(target)])
            }
            if let expected {
                #expect(try shape(network(writer, x, y)) == expected)
            } else {
                #expect(throws: ModelFileError.self) { try network(writer, x, y) }
            }
        }
    }

    @Test("Half-precision and 8-bit weights of a float convolution become floats")
    func smallWeights() throws {
        let expected: [Float] = [1.5, -2, 0.25, 3, 0.5, -0.75]
        for type in [TFLiteElementType.float16, .int8] {
            var writer = TFLiteWriter()
            let x = writer.tensor("x", [1, 4, 4, 3])
            // Two output channels with scales 1/4 and 1/2.
            let data: [UInt8] =
                type == .float16
                ? expected.flatMap { little(Float16($0).bitPattern) }
                : [6, -8, 1, 6, 1, -2].map { UInt8(bitPattern: $0) }
            let scaling = type == .int8 ? TFLiteWriter.Scaling(scales: [0.25, 0.5], axis: 0) : nil
            let stored = writer.tensor("stored", [2, 1, 1, 3], type, scaling, data: data)
            let weights = writer.tensor("weights", [2, 1, 1, 3])
            writer.add(.dequantize, [stored], weights)
            let options: [Int: FlatBufferNode] = [1: .int32(1), 2: .int32(1)]
            let a = writer.tensor("a", [1, 4, 4, 2])
            writer.add(.conv2D, [x, weights], a, options: options)
            let b = writer.tensor("b", [1, 4, 4, 2])
            writer.add(.conv2D, [x, stored], b, options: options)
            let network = try network(writer, x, b)
            for layer in network.layers {
                guard case .convolution(let convolution) = layer.operation,
                    case .float32(let weights, _) = convolution.parameters
                else { return #expect(Bool(false)) }
                var found = network.parameters[weights].values
                if type == .int8 { found[5] = found[5] == -1 ? -0.75 : .nan }
                #expect(found == expected, "\(type)")
            }
        }
    }

    @Test("Element-wise operators, in float and in bytes", arguments: [false, true])
    func elementwise(isQuantized: Bool) throws {
        var writer = TFLiteWriter()
        let x = writer.tensor("x", [1, 4, 4, 3])
        func made(_ name: String, _ scale: Float) -> Int {
            writer.tensor(name, [1, 4, 4, 3], isQuantized ? .uint8 : .float32, isQuantized ? .init(scale, 3) : nil)
        }
        let a = made("a", 0.1)
        if isQuantized { writer.add(.quantize, [x], a) } else { writer.add(.relu6, [x], a) }
        let b = made("b", 0.2)
        writer.add(.hardSwish, [a], b)
        let c = made("c", 0.3)
        writer.add(.add, [a, b], c, options: [0: .int8(1)])
        let d = made("d", 0.4)
        writer.add(.mul, [c, a], d)
        let e = made("e", 0.5)
        writer.add(.softmax, [d], e, options: [0: .float(1)])
        let y = writer.tensor("y", [1, 4, 4, 3])
        if isQuantized { writer.add(.dequantize, [e], y) } else { writer.add(.logistic, [e], y) }
        let found = kinds(try network(writer, x, y))
        if isQuantized {
            #expect(
                found == [
                    "convert", "activation", "add", "convert", "convert", "multiply", "convert", "convert", "softmax",
                    "convert", "convert",
                ])
        } else {
            #expect(found == ["activation", "activation", "add", "multiply", "softmax", "activation"])
        }
    }

    @Test("SQUEEZE drops the axes it names, or all but the batch's")
    func squeeze() throws {
        for (axes, expected) in [([2], [4, 3]), ([-2], [4, 3]), ([], [4, 3]), ([1], nil), ([0], nil), ([9], nil)] {
            var writer = TFLiteWriter()
            let x = writer.tensor("x", [1, 4, 1, 3])
            let y = writer.tensor("y", [1, 4, 3])
            writer.add(.squeeze, [x], y, options: [0: .int32s(axes)])
            if let expected {
                #expect(try shape(network(writer, x, y)) == expected)
            } else {
                #expect(throws: ModelFileError.self) { try network(writer, x, y) }
            }
        }
    }

    @Test(
        "A concatenation counts axes with the batch",
        arguments: [(1, [8, 4, 3]), (-1, [4, 4, 6]), (0, nil), (4, nil)])
    func concatenation(axis: Int, expected: [Int]?) throws {
        var writer = TFLiteWriter()
        let x = writer.tensor("x", [1, 4, 4, 3])
        let y = writer.tensor("y", [1, 8, 4, 3])
        writer.add(.concatenation, [x, x], y, options: [0: .int32(axis)])
        if let expected {
            #expect(try shape(network(writer, x, y)) == expected)
        } else {
            #expect(throws: ModelFileError.self) { try network(writer, x, y) }
        }
    }

    @Test("What has no counterpart is refused by name and place")
    func unsupported() throws {
        var writer = TFLiteWriter()
        let x = writer.tensor("x", [1, 4, 4, 3])
        let a = writer.tensor("a", [1, 4, 4, 3])
        let y = writer.tensor("y", [1, 8, 8, 3])
        writer.add(.relu, [x], a)
        writer.add(code: 48, [a], [y])
        #expect(throws: ModelFileError.unsupportedOperator(name: "TOPK_V2", index: 1)) {
            try network(writer, x, y)
        }
        writer = TFLiteWriter()
        let other = writer.tensor("x", [1, 4, 4, 3])
        writer.custom("Convolution2DTransposeBias", [other], [other], options: [])
        #expect(throws: ModelFileError.unsupportedOperator(name: "Convolution2DTransposeBias", index: 0)) {
            try network(writer, other, other)
        }
    }

    @Test("An operator that reads ahead, writes twice or overwrites the input is refused")
    func order() throws {
        var writer = TFLiteWriter()
        let x = writer.tensor("x", [1, 4, 4, 3])
        let a = writer.tensor("a", [1, 4, 4, 3])
        let b = writer.tensor("b", [1, 4, 4, 3])
        let start = writer
        writer.add(.relu, [b], a)
        #expect(
            throws: ModelFileError.unsupportedUse(
                operator: "RELU", index: 0, reason: "its input 0, b, is made by no operator before it")
        ) { try network(writer, x, a) }
        writer = start
        writer.add(.relu, [x], a)
        writer.add(.relu, [x], a)
        #expect(throws: ModelFileError.self) { try network(writer, x, a) }
        writer = start
        writer.add(.relu, [x], x)
        #expect(throws: ModelFileError.self) { try network(writer, x, x) }
    }

    @Test("Windows out of range are refused before they are computed with", arguments: [0, -1, 1025, Int(Int32.max)])
    func windows(value: Int) throws {
        for field in [1, 2, 4, 5] {
            var writer = TFLiteWriter()
            let x = writer.tensor("x", [1, 4, 4, 3])
            let w = writer.floats("w", [1, 1, 1, 3], [1, 2, 3])
            let y = writer.tensor("y", [1, 4, 4, 1])
            var options: [Int: FlatBufferNode] = [1: .int32(1), 2: .int32(1), 4: .int32(1), 5: .int32(1)]
            options[field] = .int32(value)
            writer.add(.conv2D, [x, w], y, options: options)
            #expect(throws: ModelFileError.self) { try network(writer, x, y) }
        }
    }

    @Test("Layers that share a constant without end are refused")
    func sharedParameters() throws {
        var writer = TFLiteWriter()
        let x = writer.tensor("x", [1, 2, 2, 3])
        let wide = writer.floats("wide", [4096, 1, 1, 3], [Float](repeating: 0, count: 3 * 4096))
        var y = x
        for _ in 0..<100 {
            y = writer.tensor("y", [1, 2, 2, 4096])
            writer.add(.conv2D, [x, wide], y, options: [1: .int32(1), 2: .int32(1)])
        }
        let error = #expect(throws: ModelFileError.self) { try network(writer, x, y) }
        guard case .tooMany("bytes of parameters in all layers", _, _) = error else {
            return #expect(Bool(false), "found \(String(describing: error))")
        }
    }
}
