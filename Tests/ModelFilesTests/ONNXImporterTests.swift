import Engine
import ModelFiles
import Networks
import TestSupport
import Testing
import Platform

/// Nodes of ONNX files as layers, against their definitions worked out on [channels, height, width].
@Suite struct ONNXImporterTests {
    private static let (channels, height, width) = (3, 6, 5)

    private let graphRun = ONNXGraphRun(channels: channels, height: height, width: width)
    /// Numbers of a photo, channels outermost.
    private var photo: [Float] { graphRun.photo }

    /// What a graph makes of the photo: a feature map with its channels outermost, or rows as they lie.
    private func run(
        isMap: Bool = true, operatorSet: Int = 17, _ graph: (inout ONNXWriter) -> String
    ) throws -> [Float] {
        try graphRun.values(isMap: isMap, operatorSet: operatorSet, graph)
    }

    /// A convolution by its definition.
    private func convolution(
        _ weights: [Float], _ bias: [Float], outputs: Int, groups: Int, kernel: Int, stride: Int,
        before: Int, after: Int, dilation: Int = 1
    ) -> [Float] {
        let (h, w, inputs) = (Self.height, Self.width, Self.channels / groups)
        func extent(_ size: Int) -> Int { (size + before + after - (kernel - 1) * dilation - 1) / stride + 1 }
        var result: [Float] = []
        for o in 0..<outputs {
            for y in 0..<extent(h) {
                for x in 0..<extent(w) {
                    var sum = bias[o]
                    for i in 0..<inputs {
                        for ky in 0..<kernel {
                            for kx in 0..<kernel {
                                let (row, column) = (
                                    y * stride - before + ky * dilation, x * stride - before + kx * dilation
                                )
                                guard (0..<h).contains(row), (0..<w).contains(column) else { continue }
                                let channel = o / (outputs / groups) * inputs + i
                                sum +=
                                    photo[(channel * h + row) * w + column]
                                    * weights[((o * inputs + i) * kernel + ky) * kernel + kx]
                            }
                        }
                    }
                    result.append(sum)
                }
            }
        }
        return result
    }

    @Test(arguments: [
        (outputs: 4, groups: 1, kernel: 3, stride: 2, dilation: 1), (3, 3, 3, 1, 1), (6, 3, 3, 1, 1), (2, 1, 1, 1, 1),
        (4, 1, 3, 1, 2),
    ])
    func `convolutions, dense, depthwise, of groups, dilated`(
        outputs: Int, groups: Int, kernel: Int, stride: Int, dilation: Int
    ) throws {
        var random = SeededGenerator(seed: 9)
        let weights = (0..<outputs * 3 / groups * kernel * kernel).map { _ in Float.random(in: -1...1, using: &random) }
        let bias = (0..<outputs).map { Float($0) / 4 }
        let pad = kernel == 1 ? 0 : dilation
        let found = try run { writer in
            writer.constant("w", [outputs, 3 / groups, kernel, kernel], weights)
            writer.constant("b", [outputs], bias)
            return writer.node(
                "Conv", ["x", "w", "b"],
                [
                    ("group", .integer(groups)), ("strides", .integers([stride, stride])),
                    ("pads", .integers([pad, pad, pad, pad])), ("dilations", .integers([dilation, dilation])),
                ])
        }
        expectEqual(
            found,
            convolution(
                weights, bias, outputs: outputs, groups: groups, kernel: kernel, stride: stride, before: pad,
                after: pad,
                dilation: dilation))
    }

    @Test(arguments: ["SAME_UPPER", "SAME_LOWER", "VALID"])
    func `padding by name, and by a Pad before`(kind: String) throws {
        let weights = (0..<54).map { (index: Int) -> Float in Float(index % 7) / 7 - 0.4 }
        func found(_ attributes: [(String, ONNXWriter.Attribute)], pad: [Int]? = nil) throws -> [Float] {
            try run { writer in
                writer.constant("w", [2, 3, 3, 3], weights)
                var x = "x"
                if let pad {
                    // A convolution of one pixel before, since the photo itself has its own way.
                    writer.constant("one", [3, 1, 1, 1], [1, 1, 1])
                    x = writer.node("Conv", ["x", "one"], [("group", .integer(3))])
                    writer.constant("pads", [8], whole: [0, 0, pad[0], pad[1], 0, 0, pad[2], pad[3]])
                    x = writer.node("Pad", [x, "pads"])
                }
                return writer.node("Conv", [x, "w"], attributes + [("strides", .integers([1, 1]))])
            }
        }
        let pads = ["SAME_UPPER": 1, "SAME_LOWER": 1, "VALID": 0]
        let pad = try #require(pads[kind])
        let expected = convolution(
            weights, [0, 0], outputs: 2, groups: 1, kernel: 3, stride: 1, before: pad, after: pad)
        expectEqual(try found([("auto_pad", .word(kind))]), expected)
        expectEqual(try found([], pad: [pad, pad, pad, pad]), expected)
    }

    @Test func `functions of each element and constants a channel`() throws {
        let scale: [Float] = [2, -1, 0.5]
        func each(_ function: (Float, Int) -> Float) -> [Float] {
            photo.enumerated().map { function($0.element, $0.offset / (Self.height * Self.width)) }
        }
        func node(_ kind: String, _ attributes: [(String, ONNXWriter.Attribute)] = []) throws -> [Float] {
            try run { writer in
                // What is done to the photo itself is its preparation.
                writer.constant("one", [3, 1, 1, 1], [1, 1, 1])
                let x = writer.node("Conv", ["x", "one"], [("group", .integer(3))])
                writer.constant("c", [3, 1, 1], scale)
                let isBinary = ["Add", "Sub", "Mul", "Div", "PRelu"].contains(kind)
                return writer.node(kind, isBinary ? [x, "c"] : [x], attributes)
            }
        }
        expectEqual(try node("Relu"), each { x, _ in max(x, 0) })
        expectEqual(try node("LeakyRelu", [("alpha", .float(0.25))]), each { x, _ in x < 0 ? x / 4 : x })
        expectEqual(try node("PRelu"), each { x, c in x < 0 ? x * scale[c] : x })
        expectEqual(try node("Add"), each { x, c in x + scale[c] })
        expectEqual(try node("Sub"), each { x, c in x - scale[c] })
        expectEqual(try node("Mul"), each { x, c in x * scale[c] })
        expectEqual(try node("Div"), each { x, c in x / scale[c] })
        expectEqual(try node("HardSwish"), each { x, _ in x * min(max(x + 3, 0), 6) / 6 })
        let hard = try node("HardSigmoid", [("alpha", .float(1 / 6)), ("beta", .float(0.5))])
        expectEqual(hard, each { x, _ in min(max(x + 3, 0), 6) / 6 })
    }

    @Test func `SiLU is a product of two, squeeze and excitation a factor a channel`() throws {
        let (h, w) = (Self.height, Self.width)
        let silu = try run { writer in
            writer.constant("one", [3, 1, 1, 1], [1, 1, 1])
            let x = writer.node("Conv", ["x", "one"], [("group", .integer(3))])
            return writer.node("Mul", [x, writer.node("Sigmoid", [x])])
        }
        expectEqual(silu, photo.map { $0 / (1 + Float(exp(Double(-$0)))) })
        let excited = try run { writer in
            writer.constant("one", [3, 1, 1, 1], [1, 1, 1])
            let x = writer.node("Conv", ["x", "one"], [("group", .integer(3))])
            return writer.node("Mul", [writer.node("GlobalAveragePool", [x]), x])
        }
        let means = (0..<3).map { c in photo[c * h * w..<(c + 1) * h * w].reduce(0, +) / Float(h * w) }
        expectEqual(excited, photo.enumerated().map { $0.element * means[$0.offset / (h * w)] })
    }

    @Test func `what is subtracted from the photo is its preparation`() throws {
        var writer = ONNXWriter()
        writer.input("x", [3, 4, 4])
        writer.constant("mean", [3, 1, 1], [0.5, 0.25, 0])
        writer.constant("deviation", [3, 1, 1], [0.5, 0.25, 2])
        writer.constant("axes", [1], whole: [0])
        let centered = writer.node("Div", [writer.node("Sub", ["x", "mean"]), "deviation"])
        let batch = writer.node("Unsqueeze", [centered, "axes"])
        writer.constant("w", [1, 3, 1, 1], [1, 1, 1])
        let y = writer.node("Conv", [batch, "w"])
        var importer = try ONNXImporter(ONNXFile(bytes: writer.bytes(outputs: [y])))
        try importer.importNodes()
        let (first, preparation) = (importer.output(y), importer.preparation)
        #expect(first != nil && preparation?.scale == [2, 4, 0.5] && preparation?.bias == [-1, -1, 0])
    }

    @Test func `normalization by length in its several spellings`() throws {
        let (h, w) = (Self.height, Self.width)
        let expected = photo.indices.map { index -> Float in
            let pixel = index % (h * w)
            let squares = (0..<3).reduce(Float(0)) { $0 + photo[$1 * h * w + pixel] * photo[$1 * h * w + pixel] }
            return photo[index] / squares.squareRoot()
        }
        for spelling in 0..<2 {
            let found = try run { writer in
                writer.constant("one", [3, 1, 1, 1], [1, 1, 1])
                let x = writer.node("Conv", ["x", "one"], [("group", .integer(3))])
                writer.constant("axes", [1], whole: [1])
                writer.constant("two", [], [2])
                writer.constant("tiny", [], [1e-12])
                writer.constant("shape", [4], whole: [1, 3, h, w])
                let length =
                    spelling == 0
                    ? writer.node(
                        "Sqrt", [writer.node("ReduceSum", [writer.node("Pow", [x, "two"]), "axes"])])
                    : writer.node(
                        "Clip", [writer.node("ReduceL2", [x], [("axes", .integers([1]))]), "tiny"])
                let divisor =
                    spelling == 0 ? writer.node("Add", [length, "tiny"]) : writer.node("Expand", [length, "shape"])
                return writer.node("Div", [x, divisor])
            }
            expectEqual(found, expected)
        }
    }

    @Test func `heads as torchvision moves them`() throws {
        let (h, w) = (Self.height, Self.width)
        let weights = (0..<12 * 3).map { Float($0 % 5) - 2 }
        let rows = try run(isMap: false) { writer in
            writer.constant("w", [12, 3, 1, 1], weights)
            let y = writer.node("Conv", ["x", "w"])
            writer.constant("apart", [5], whole: [1, -1, 4, h, w])
            writer.constant("rows", [3], whole: [1, -1, 4])
            let moved = writer.node(
                "Transpose", [writer.node("Reshape", [y, "apart"])], [("perm", .integers([0, 3, 4, 1, 2]))])
            return writer.node("Reshape", [moved, "rows"])
        }
        let map = convolution(
            weights, Array(repeating: 0, count: 12), outputs: 12, groups: 1, kernel: 1, stride: 1, before: 0, after: 0)
        expectEqual(rows, (0..<h * w * 12).map { map[$0 % 12 * h * w + $0 / 12] })
    }

    @Test(arguments: ["LSTM", "Einsum", "Foo"])
    func `an operator that has no counterpart is named with its node`(kind: String) {
        let error = #expect(throws: ModelFileError.self) {
            try run { writer in
                writer.constant("one", [3, 1, 1, 1], [1, 1, 1])
                return writer.node(kind, [writer.node("Conv", ["x", "one"], [("group", .integer(3))])])
            }
        }
        #expect("\(error.map { "\($0)" } ?? "")".contains("\(kind) (node node 2)"))
    }
}
