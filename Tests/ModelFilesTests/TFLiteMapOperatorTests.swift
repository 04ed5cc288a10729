import Engine
import ModelFiles
import MultiBox
import Networks
import TestSupport
import Testing

/// Operators that change maps, and weights that are not stored as they are used, each in a file of its own: what they make.
struct TFLiteMapOperatorTests {
    /// What a file's network makes of an input, by definition.
    private func run(_ writer: TFLiteWriter, _ x: Int, _ y: Int, _ input: [Double]) throws -> [Double] {
        let network = try network(writer, x, y)
        return ReferenceInterpreter(network: network).run(.floats(input))[0].reals
    }

    private func network(_ writer: TFLiteWriter, _ x: Int, _ y: Int) throws -> Network {
        var importer = try TFLiteImporter(TFLiteFile(bytes: writer.bytes(inputs: [x], outputs: [y])))
        try importer.importOperators()
        guard let output = importer.output(y) else { throw ModelFileError.unsupportedNetwork(reason: "no output") }
        return importer.build(outputs: [output])
    }

    private func ramp(_ count: Int) -> [Double] { (0..<count).map { Double($0) - 5 } }

    @Test func `zeros beside channels, which a sum takes in`() throws {
        var writer = TFLiteWriter()
        let x = writer.tensor("x", [1, 1, 2, 3])
        let amounts = writer.integers("amounts", [4, 2], [0, 0, 0, 0, 0, 0, 1, 2])
        let y = writer.tensor("y", [1, 1, 2, 6])
        writer.add(.pad, [x, amounts], y)
        #expect(try run(writer, x, y, [1, 2, 3, 4, 5, 6]) == [0, 1, 2, 3, 0, 0, 0, 4, 5, 6, 0, 0])
    }

    @Test func `a convolution between batches is one with holes`() throws {
        // A map of 7×5, blocks of 2×3: SAME's padding of a 3×3 kernel with these holes is 2 and 3, and rest to divide.
        var writer = TFLiteWriter()
        let x = writer.tensor("x", [1, 7, 5, 3])
        let block = writer.integers("block", [2], [2, 3])
        let paddings = writer.integers("paddings", [2, 2], [2, 3, 3, 4])
        let crops = writer.integers("crops", [2, 2], [0, 1, 0, 1])
        let w = writer.floats("w", [2, 3, 3, 3], (0..<54).map { Float($0 % 7) - 3 })
        let b = writer.floats("b", [2], [0.5, -1])
        let dealt = writer.tensor("dealt", [6, 6, 4, 3])
        writer.add(.spaceToBatch, [x, block, paddings], dealt)
        let made = writer.tensor("made", [6, 4, 2, 2])
        writer.add(.conv2D, [dealt, w, b], made, options: [0: .int8(1), 1: .int32(1), 2: .int32(1), 3: .int8(1)])
        let y = writer.tensor("y", [1, 7, 5, 2])
        writer.add(.batchToSpace, [made, block, crops], y)
        let found = try network(writer, x, y)
        #expect(found.layers.count == 1 && found[found.outputs[0]].shape.dimensions == [7, 5, 2])
        // The same with holes at once.
        var direct = TFLiteWriter()
        let image = direct.tensor("x", [1, 7, 5, 3])
        let kernel = direct.floats("w", [2, 3, 3, 3], (0..<54).map { Float($0 % 7) - 3 })
        let bias = direct.floats("b", [2], [0.5, -1])
        let same = direct.tensor("y", [1, 7, 5, 2])
        direct.add(
            .conv2D, [image, kernel, bias], same,
            options: [0: .int8(0), 1: .int32(1), 2: .int32(1), 3: .int8(1), 4: .int32(3), 5: .int32(2)])
        #expect(try run(writer, x, y, ramp(105)) == run(direct, image, same, ramp(105)))
        // A batch that nothing puts back, blocks that do not divide, margins beyond the padding.
        #expect(throws: ModelFileError.self) { try network(writer, x, made) }
        for (paddings, crops) in [([2, 2, 3, 4], [0, 1, 0, 1]), ([2, 3, 3, 4], [0, 4, 0, 1])] {
            var wrong = TFLiteWriter()
            let x = wrong.tensor("x", [1, 7, 5, 3])
            let block = wrong.integers("block", [2], [2, 3])
            let p = wrong.integers("paddings", [2, 2], paddings)
            let c = wrong.integers("crops", [2, 2], crops)
            let w = wrong.floats("w", [2, 3, 3, 3], [Float](repeating: 1, count: 54))
            let dealt = wrong.tensor("dealt", [6, 6, 4, 3])
            wrong.add(.spaceToBatch, [x, block, p], dealt)
            let made = wrong.tensor("made", [6, 4, 2, 2])
            wrong.add(.conv2D, [dealt, w], made, options: [0: .int8(1), 1: .int32(1), 2: .int32(1)])
            let y = wrong.tensor("y", [1, 7, 5, 2])
            wrong.add(.batchToSpace, [made, block, c], y)
            #expect(throws: ModelFileError.self) { try network(wrong, x, y) }
        }
    }

    /// A sparse 2×3 matrix of a 1×1 convolution, [[0, 2, 0], [1, 0, 3]], by rows.
    private func sparse(
        segments: [Int] = [0, 1, 3], indices: [Int] = [1, 0, 2], values: [Float] = [2, 1, 3],
        order: [Int] = [0, 1, 2, 3]
    ) -> (TFLiteWriter, Int, Int) {
        var writer = TFLiteWriter()
        let x = writer.tensor("x", [1, 1, 1, 3])
        func dense(_ size: Int) -> FlatBufferNode { .table([0: .int8(0), 1: .int32(size)]) }
        // Of the weights' extents [2, 1, 1, 3] the last is listed; segments of 32 bits, indices of 8.
        let listed = FlatBufferNode.table([
            0: .int8(1), 2: .int8(1), 3: .table([0: .int32s(segments)]), 4: .int8(3),
            5: .table([0: .bytes(indices.map { UInt8($0) })]),
        ])
        let stored = writer.tensor(
            "stored", [2, 1, 1, 3], data: values.flatMap { little($0.bitPattern) },
            sparsity: .table([0: .int32s(order), 2: .tables([dense(2), dense(1), dense(1), listed])]))
        let w = writer.tensor("w", [2, 1, 1, 3])
        writer.add(.densify, [stored], w)
        let y = writer.tensor("y", [1, 1, 1, 2])
        writer.add(.conv2D, [x, w], y, options: [1: .int32(1), 2: .int32(1)])
        return (writer, x, y)
    }

    @Test func `sparse weights have zeros where nothing is stored`() throws {
        let (writer, x, y) = sparse()
        #expect(try run(writer, x, y, [10, 100, 1000]) == [200, 3010])
    }

    @Test func `sparse weights that say something impossible are refused`() throws {
        for (segments, indices, values, order) in [
            ([0, 1, 4], [1, 0, 2], [2, 1, 3], [0, 1, 2, 3]), ([0, 2, 1], [1, 0, 2], [2, 1, 3], [0, 1, 2, 3]),
            ([0, 1], [1, 0, 2], [2, 1, 3], [0, 1, 2, 3]), ([0, 1, 3], [1, 0, 3], [2, 1, 3], [0, 1, 2, 3]),
            ([0, 1, 3], [1, 0, 2], [2, 1], [0, 1, 2, 3]), ([0, 1, 2], [1, 0, 2], [2, 1, 3], [0, 1, 2, 3]),
            ([0, 1, 3], [1, 0, 2], [2, 1, 3], [0, 1, 2]), ([0, 1, 3], [1, 0, 2], [2, 1, 3], [0, 1, 2, 2]),
            ([-1, 1, 3], [1, 0, 2], [2, 1, 3], [0, 1, 2, 3]), ([], [], [], [0, 1, 2, 3]),
        ] as [([Int], [Int], [Float], [Int])] {
            let (writer, x, y) = sparse(segments: segments, indices: indices, values: values, order: order)
            #expect(throws: ModelFileError.self, "\(segments) \(indices)") { try network(writer, x, y) }
        }
    }

    @Test func `maps of another size, rectifiers, means and blocks of pixels`() throws {
        var writer = TFLiteWriter()
        let x = writer.tensor("x", [1, 1, 2, 3])
        let size = writer.integers("size", [2], [1, 4])
        let larger = writer.tensor("larger", [1, 1, 4, 3])
        writer.add(.resizeBilinear, [x, size], larger, options: [2: .int8(0), 3: .int8(1)])
        #expect(try run(writer, x, larger, [0, 4, 8, 8, 0, 8]) == [0, 4, 8, 2, 3, 8, 6, 1, 8, 8, 0, 8])
        let aligned = writer.tensor("aligned", [1, 1, 4, 3])
        var refused = writer
        refused.add(.resizeBilinear, [x, size], aligned, options: [2: .int8(1)])
        #expect(throws: ModelFileError.self) { try network(refused, x, aligned) }
        let slopes = writer.floats("slopes", [1, 1, 3], [0.5, 2, 0])
        let rectified = writer.tensor("rectified", [1, 1, 2, 3])
        writer.add(.prelu, [x, slopes], rectified)
        #expect(try run(writer, x, rectified, [-2, -2, -2, 1, 1, 1]) == [-1, -4, 0, 1, 1, 1])
        let axes = writer.integers("axes", [2], [1, -2])
        let mean = writer.tensor("mean", [1, 1, 1, 3])
        writer.add(.mean, [x, axes], mean, options: [0: .int8(1)])
        #expect(try run(writer, x, mean, [0, 4, 8, 8, 0, 8]) == [4, 2, 8])
        var blocks = TFLiteWriter()
        let image = blocks.tensor("x", [1, 1, 2, 3])
        let w = blocks.floats("w", [4, 1, 1, 3], [1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1])
        let four = blocks.tensor("four", [1, 1, 2, 4])
        blocks.add(.conv2D, [image, w], four, options: [1: .int32(1), 2: .int32(1)])
        let pixels = blocks.tensor("pixels", [1, 2, 4, 1])
        blocks.add(.depthToSpace, [four], pixels, options: [0: .int32(2)])
        // Channels 0 and 1 of a pixel are the upper row of its block, 2 and 3 the lower.
        #expect(try run(blocks, image, pixels, [1, 2, 3, 4, 5, 6]) == [1, 2, 4, 5, 3, 6, 6, 15])
    }

    @Test func `sums and products with constants`() throws {
        var writer = TFLiteWriter()
        let x = writer.tensor("x", [1, 1, 2, 3])
        let perChannel = writer.floats("c", [3], [1, 2, 3])
        let one = writer.floats("one", [], [2])
        for (builtin, constant, isFirst, expected) in [
            (.add, perChannel, false, [2, 4, 6, 5, 7, 9]), (.mul, perChannel, true, [1, 4, 9, 4, 10, 18]),
            (.sub, perChannel, false, [0, 0, 0, 3, 3, 3]), (.mul, one, false, [2, 4, 6, 8, 10, 12]),
            (.sub, one, true, nil),
        ] as [(TFLiteBuiltin, Int, Bool, [Double]?)] {
            var writer = writer
            let y = writer.tensor("y", [1, 1, 2, 3])
            writer.add(builtin, isFirst ? [constant, x] : [x, constant], y)
            if let expected {
                #expect(try run(writer, x, y, [1, 2, 3, 4, 5, 6]) == expected, "\(builtin)")
            } else {
                #expect(throws: ModelFileError.self) { try network(writer, x, y) }
            }
        }
    }

    @Test func `weights of bytes under an input of floats stand for reals, by output channel`() throws {
        var writer = TFLiteWriter()
        let x = writer.tensor("x", [1, 1, 1, 3])
        let bytes = [1, 2, 3, -4, 5, -128].map { UInt8(bitPattern: Int8($0)) }
        let w = writer.tensor("w", [2, 1, 1, 3], .int8, .init(scales: [0.5, 0.25], axis: 0), data: bytes)
        let y = writer.tensor("y", [1, 1, 1, 2])
        writer.add(.conv2D, [x, w], y, options: [1: .int32(1), 2: .int32(1)])
        #expect(try run(writer, x, y, [1, 10, 100]) == [160.5, -3188.5])
    }

    /// A chain of all of them.
    private func chain() -> (writer: TFLiteWriter, x: Int, y: Int) {
        var (writer, x, _) = sparse()
        let block = writer.integers("block", [2], [1, 1])
        let none = writer.integers("none", [2, 2], [0, 0, 0, 0])
        let dealt = writer.tensor("dealt", [1, 1, 1, 3])
        writer.add(.spaceToBatch, [x, block, none], dealt)
        let made = writer.tensor("made", [1, 1, 1, 2])
        // The sparse weights are the third tensor of the file.
        writer.add(.conv2D, [dealt, 2], made, options: [0: .int8(1), 1: .int32(1), 2: .int32(1)])
        let space = writer.tensor("space", [1, 1, 1, 2])
        writer.add(.batchToSpace, [made, block, none], space)
        let amounts = writer.integers("amounts", [4, 2], [0, 0, 1, 0, 1, 0, 1, 1])
        let padded = writer.tensor("padded", [1, 2, 2, 4])
        writer.add(.pad, [space, amounts], padded)
        let pixels = writer.tensor("pixels", [1, 4, 4, 1])
        writer.add(.depthToSpace, [padded], pixels, options: [0: .int32(2)])
        let size = writer.integers("size", [2], [6, 5])
        let larger = writer.tensor("larger", [1, 6, 5, 1])
        writer.add(.resizeBilinear, [pixels, size], larger, options: [2: .int8(0), 3: .int8(1)])
        let slope = writer.floats("slope", [1, 1, 1], [0.25])
        let rectified = writer.tensor("rectified", [1, 6, 5, 1])
        writer.add(.prelu, [larger, slope], rectified)
        let sum = writer.tensor("sum", [1, 6, 5, 1])
        writer.add(.add, [rectified, slope], sum)
        let length = writer.tensor("length", [1, 6, 5, 1])
        writer.add(.l2Normalization, [sum], length)
        let axes = writer.integers("axes", [2], [1, 2])
        let y = writer.tensor("y", [1, 1])
        writer.add(.mean, [length, axes], y)
        return (writer, x, y)
    }

    @Test func `a chain of all of them with changed bytes is an error or a network`() throws {
        let (writer, x, y) = chain()
        let original = writer.bytes(inputs: [x], outputs: [y])
        func isNetwork(_ bytes: [UInt8]) -> Bool {
            do throws(ModelFileError) {
                var importer = try TFLiteImporter(TFLiteFile(bytes: bytes))
                try importer.importOperators()
                return true
            } catch {
                #expect(!error.description.isEmpty)
                return false
            }
        }
        #expect(isNetwork(original))
        var random = SeededGenerator(seed: 77)
        var valid = 0
        for trial in 0..<4000 {
            var bytes = original
            if trial % 2 == 0 {
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
            } else {
                let extremes: [UInt32] = [0, 1, 4, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x4000_0000, 0x0001_0000]
                let position = Int.random(in: 0..<bytes.count / 4, using: &random) * 4
                bytes.replaceSubrange(
                    position..<min(position + 4, bytes.count),
                    with: little(extremes.randomElement(using: &random) ?? 0).prefix(bytes.count - position))
            }
            if isNetwork(bytes) { valid += 1 }
        }
        #expect((200...3900).contains(valid), "\(valid) of 4000 are networks")
    }
}
