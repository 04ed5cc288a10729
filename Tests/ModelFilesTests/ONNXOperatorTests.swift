import Foundation
import ModelFiles
import Networks
import TestSupport
import Testing

/// Operators that become several layers, or one of several nodes, against their definitions.
@Suite struct ONNXOperatorTests {
    private let run = ONNXGraphRun(height: 6, width: 5)

    private func each(_ function: (Double) -> Double) -> [Float] { run.photo.map { Float(function(Double($0))) } }

    private func kinds(_ graph: (inout ONNXWriter, String) -> String) throws -> (values: [Float], kinds: [String]) {
        var writer = ONNXWriter()
        writer.input("x", [1, 3, 6, 5])
        let output = graph(&writer, run.map(&writer))
        let (values, network) = try run.values(of: writer.bytes(outputs: [output]), output)
        return (values, network.layers.dropFirst().map { $0.operation.kind })
    }

    @Test func `functions of each element`() throws {
        let elu = try kinds { writer, x in writer.node("Elu", [x], [("alpha", .float(0.5))]) }
        expectEqual(elu.values, each { $0 > 0 ? $0 : 0.5 * (exp($0) - 1) })
        #expect(elu.kinds == ["elu"])
        let leaky = try kinds { writer, x in writer.node("LeakyRelu", [x]) }
        expectEqual(leaky.values, each { $0 > 0 ? $0 : 0.01 * $0 })
        #expect(leaky.kinds == ["leaky_relu"])
        for isFirst in [true, false] {
            let silu = try kinds { writer, x in
                let gate = writer.node("Sigmoid", [x])
                return writer.node("Mul", isFirst ? [gate, x] : [x, gate])
            }
            expectEqual(silu.values, each { $0 / (1 + exp(-$0)) })
            #expect(silu.kinds == ["silu"])
        }
        let hard = try kinds { writer, x in writer.node("HardSigmoid", [x]) }
        expectEqual(hard.values, each { min(max(0.2 * $0 + 0.5, 0), 1) })
        let swish = try kinds { writer, x in
            let gate = writer.node("HardSigmoid", [x], [("alpha", .float(1 / 6))])
            return writer.node("Mul", [x, gate])
        }
        expectEqual(swish.values, each { $0 * min(max($0 + 3, 0), 6) / 6 })
        #expect(swish.kinds == ["activation"])
    }

    @Test(arguments: ["sixth of the product", "product of the sixth", "sixth alone"])
    func `the hard swish as it was spelled before`(spelling: String) throws {
        let found = try kinds { writer, x in
            for (name, value) in [("three", 3), ("zero", 0), ("six", 6)] as [(String, Float)] {
                writer.constant(name, [], [value])
            }
            let raised = writer.node("Add", [x, "three"])
            let clipped = writer.node("Clip", [raised, "zero", "six"])
            switch spelling {
            case "sixth of the product": return writer.node("Div", [writer.node("Mul", [x, clipped]), "six"])
            case "product of the sixth": return writer.node("Mul", [writer.node("Div", [clipped, "six"]), x])
            default: return writer.node("Div", [clipped, "six"])
            }
        }
        let isSwish = spelling != "sixth alone"
        expectEqual(found.values, each { (isSwish ? $0 : 1) * min(max($0 + 3, 0), 6) / 6 })
        #expect(found.kinds == ["activation"])
    }

    @Test func `a function after a layer becomes part of it unless something else reads between`() throws {
        let fused = try kinds { writer, x in
            writer.constant("w", [3, 1, 1, 1], [2, 2, 2])
            let y = writer.node("Conv", [x, "w"], [("group", .integer(3))])
            return writer.node("Relu", [writer.node("Add", [x, writer.node("Relu", [y])])])
        }
        expectEqual(fused.values, each { max($0 + max(2 * $0, 0), 0) })
        #expect(fused.kinds == ["depthwise", "add"])
        let read = try kinds { writer, x in
            writer.constant("w", [3, 1, 1, 1], [2, 2, 2])
            let y = writer.node("Conv", [x, "w"], [("group", .integer(3))])
            return writer.node("Sub", [writer.node("Relu", [y]), y])
        }
        expectEqual(read.values, each { max(2 * $0, 0) - 2 * $0 })
    }

    /// A transposed convolution by its definition: each pixel adds its multiple of the kernel.
    private func transposed(
        _ weights: [Float], _ bias: [Float], outputs: Int, groups: Int, kernel: (Int, Int), strides: (Int, Int),
        pads: [Int], more: (Int, Int), dilation: Int
    ) -> [Float] {
        func extent(_ size: Int, _ stride: Int, _ kernel: Int, _ pads: Int, _ more: Int) -> Int {
            (size - 1) * stride + (kernel - 1) * dilation + 1 - pads + more
        }
        let height = extent(run.height, strides.0, kernel.0, pads[0] + pads[2], more.0)
        let width = extent(run.width, strides.1, kernel.1, pads[1] + pads[3], more.1)
        var result = (0..<outputs * height * width).map { bias[$0 / (height * width)] }
        let (inputsOfGroup, outputsOfGroup) = (3 / groups, outputs / groups)
        for input in 0..<3 {
            for o in 0..<outputsOfGroup {
                let output = input / inputsOfGroup * outputsOfGroup + o
                for y in 0..<run.height {
                    for x in 0..<run.width {
                        for ky in 0..<kernel.0 {
                            for kx in 0..<kernel.1 {
                                let row = y * strides.0 + ky * dilation - pads[0]
                                let column = x * strides.1 + kx * dilation - pads[1]
                                guard (0..<height).contains(row), (0..<width).contains(column) else { continue }
                                let weight = weights[((input * outputsOfGroup + o) * kernel.0 + ky) * kernel.1 + kx]
                                result[(output * height + row) * width + column] += run.at(input, y, x) * weight
                            }
                        }
                    }
                }
            }
        }
        return result
    }

    @Test(arguments: [
        (outputs: 4, groups: 1, kernel: (2, 2), strides: (2, 2), pads: [0, 0, 0, 0], more: (0, 0), dilation: 1),
        (2, 1, (4, 4), (2, 2), [1, 1, 1, 1], (0, 0), 1), (3, 3, (3, 3), (2, 2), [1, 1, 1, 1], (1, 1), 1),
        (6, 3, (3, 2), (1, 3), [0, 1, 2, 0], (0, 2), 1), (5, 1, (3, 3), (1, 1), [0, 0, 0, 0], (0, 0), 2),
        (3, 3, (1, 1), (2, 3), [0, 0, 0, 0], (0, 0), 1),
    ])
    func `transposed convolutions`(
        outputs: Int, groups: Int, kernel: (Int, Int), strides: (Int, Int), pads: [Int], more: (Int, Int), dilation: Int
    ) throws {
        var random = SeededGenerator(seed: 5)
        let weights = (0..<3 * outputs / groups * kernel.0 * kernel.1).map { _ in
            Float.random(in: -1...1, using: &random)
        }
        let bias = (0..<outputs).map { Float($0) / 3 }
        let found = try run.values { writer in
            let x = run.map(&writer)
            writer.constant("w", [3, outputs / groups, kernel.0, kernel.1], weights)
            writer.constant("b", [outputs], bias)
            return writer.node(
                "ConvTranspose", [x, "w", "b"],
                [
                    ("group", .integer(groups)), ("strides", .integers([strides.0, strides.1])),
                    ("pads", .integers(pads)),
                    ("output_padding", .integers([more.0, more.1])), ("dilations", .integers([dilation, dilation])),
                ])
        }
        expectEqual(
            found,
            transposed(
                weights, bias, outputs: outputs, groups: groups, kernel: kernel, strides: strides, pads: pads,
                more: more, dilation: dilation))
    }

    @Test func `a transposed convolution that cannot be is refused`() {
        for attributes in [
            [("strides", .integers([0, 1]))], [("pads", .integers([3, 0, 0, 0]))], [("group", .integer(2))],
            [("output_shape", .integers([4, 4]))], [("dilations", .integers([Int.max, 1]))],
        ] as [[(String, ONNXWriter.Attribute)]] {
            let error = #expect(throws: ModelFileError.self) {
                try run.values { writer in
                    let x = run.map(&writer)
                    writer.constant("w", [3, 2, 3, 3], Array(repeating: 1, count: 54))
                    return writer.node("ConvTranspose", [x, "w"], attributes)
                }
            }
            #expect("\(error.map { "\($0)" } ?? "")".contains("ConvTranspose (node node 2)"))
        }
    }

    @Test func `parts of feature maps`() throws {
        let channels = try run.values { writer in
            let x = run.map(&writer)
            for (name, value) in [("start", 2), ("end", -4), ("axis", 1), ("step", -2)] {
                writer.constant(name, [1], whole: [value])
            }
            return writer.node("Slice", [x, "start", "end", "axis", "step"])
        }
        expectEqual(channels, [2, 0].flatMap { c in (0..<30).map { run.photo[c * 30 + $0] } })
        let cropped = try run.values { writer in
            let x = run.map(&writer)
            writer.constant("start", [2], whole: [1, 2])
            writer.constant("end", [2], whole: [6, -1])
            writer.constant("axis", [2], whole: [2, 3])
            writer.constant("step", [2], whole: [2, 1])
            return writer.node("Slice", [x, "start", "end", "axis", "step"])
        }
        let places = [1, 3, 5].flatMap { y in [2, 3].map { (y, $0) } }
        expectEqual(cropped, (0..<3).flatMap { c in places.map { run.at(c, $0.0, $0.1) } })
        let split = try run.values { writer in
            let x = run.map(&writer)
            writer.constant("parts", [2], whole: [1, 2])
            let first = writer.node("Split", [x, "parts"], [("axis", .integer(1))], outputs: ["a", "b"])
            return writer.node("Concat", [first[1], first[0]], [("axis", .integer(1))])
        }
        expectEqual(split, [1, 2, 0].flatMap { c in (0..<30).map { run.photo[c * 30 + $0] } })
    }

    @Test func `means and maxima of whole maps`() throws {
        let means = (0..<3).map { c in run.photo[c * 30..<(c + 1) * 30].reduce(0, +) / 30 }
        for keeps in [1, 0] {
            let found = try run.values(isMap: keeps == 1) { writer in
                writer.node(
                    "ReduceMean", [run.map(&writer)],
                    [("axes", .integers([2, -1])), ("keepdims", .integer(keeps))])
            }
            expectEqual(found, means)
        }
        let most = try run.values { writer in writer.node("GlobalMaxPool", [run.map(&writer)]) }
        expectEqual(most, (0..<3).map { c in run.photo[c * 30..<(c + 1) * 30].max() ?? 0 })
    }

    @Test func `offsets and scores that lie side by side are taken apart`() throws {
        let weights = (0..<7 * 3).map { Float($0 % 5) - 2 }
        for isSplit in [true, false] {
            func rows(_ writer: inout ONNXWriter) -> String {
                writer.constant("w", [7, 3, 1, 1], weights)
                let y = writer.node("Conv", ["x", "w"])
                writer.constant("rows", [3], whole: [1, -1, 7])
                return writer.node(
                    "Reshape", [writer.node("Transpose", [y], [("perm", .integers([0, 2, 3, 1]))]), "rows"])
            }
            let scores = try run.values(isMap: false) { writer in
                let all = rows(&writer)
                guard !isSplit else {
                    writer.constant("parts", [2], whole: [4, 3])
                    return writer.node("Split", [all, "parts"], [("axis", .integer(2))], outputs: ["a", "b"])[1]
                }
                for (name, value) in [("start", 4), ("end", Int.max), ("axis", -1)] {
                    writer.constant(name, [1], whole: [value])
                }
                return writer.node("Slice", [all, "start", "end", "axis"])
            }
            var expected: [Float] = []
            for pixel in 0..<30 {
                for o in 4..<7 {
                    var sum: Float = 0
                    for channel in 0..<3 { sum += weights[o * 3 + channel] * run.photo[channel * 30 + pixel] }
                    expected.append(sum)
                }
            }
            expectEqual(scores, expected)
        }
    }

    @Test func `a photo that the graph resizes comes in that size`() throws {
        var writer = ONNXWriter()
        writer.input("x", [3, 480, 640])
        writer.constant("axes", [1], whole: [0])
        writer.constant("size", [4], whole: [1, 3, 6, 5])
        let batch = writer.node("Unsqueeze", ["x", "axes"])
        let small = writer.node("Resize", [batch, "", "", "size"], [("mode", .word("linear"))])
        writer.constant("order", [3], whole: [2, 1, 0])
        let turned = writer.node("Gather", [small, "order"], [("axis", .integer(1))])
        writer.constant("half", [], [0.5])
        let output = writer.node("Relu", [writer.node("Mul", [turned, "half"])])
        let file = writer.bytes(outputs: [output])
        expectEqual(try run.values(of: file, output).values, run.photo.map { max($0, 0) })
        var importer = try ONNXImporter(ONNXFile(bytes: file))
        try importer.importNodes()
        #expect(importer.preparation?.scale == [0.5, 0.5, 0.5] && importer.preparation?.isReversed == true)
    }
}
