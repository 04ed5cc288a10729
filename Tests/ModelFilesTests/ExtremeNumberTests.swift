import ModelFiles
import MultiBox
import Engine
import Networks
import TestSupport
import Testing

/// Every number of a model's file, replaced by those at which arithmetic goes wrong: an error or a detector, never a crash.
struct ExtremeNumberTests {
    private typealias Tensor = TorchWriter.Tensor

    /// Reads all elements of an archive.
    private func read(_ bytes: [UInt8]) {
        do throws(ModelFileError) {
            let archive = try TorchArchive(bytes: bytes)
            for tensor in archive.tensors.values {
                #expect(archive.floats(of: tensor).count == tensor.count)
                #expect(tensor.count <= bytes.count)
            }
        } catch { #expect(!error.description.isEmpty) }
    }

    @Test(
        arguments: [
            [2, 3], [1, 3], [3, 1], [0], [1], [0, 3], [2, 1, 3, 1], [0, 1 << 40, 1 << 40], [1 << 40, 0, 1 << 40],
        ])
    func `numbers of a PyTorch tensor`(shape: [Int]) {
        let elements = CheckedArithmetic.product(shape) ?? 0
        let data = [UInt8](repeating: 1, count: 4 * elements)
        let steps = shape.map { _ in 1 }
        for extreme in ExtremeNumbers.integers {
            var variants = [
                Tensor("a", shape, data: data, count: elements, offset: extreme, strides: steps),
                Tensor("a", shape, data: data, count: extreme, strides: steps),
            ]
            for axis in shape.indices {
                var (changedShape, changedSteps) = (shape, steps)
                changedShape[axis] = extreme
                changedSteps[axis] = extreme
                variants.append(Tensor("a", changedShape, data: data, count: elements, strides: steps))
                variants.append(Tensor("a", shape, data: data, count: elements, strides: changedSteps))
                variants.append(Tensor("a", shape, data: data, count: elements, strides: shape.map { _ in extreme }))
            }
            for tensor in variants {
                let writer = TorchWriter(tensors: [tensor])
                read(writer.archive())
                read(writer.legacy())
            }
        }
    }

    @Test func `a tensor without elements has them nowhere, or at the end of its storage`() throws {
        func archive(offset: Int) throws -> TorchArchive {
            try TorchArchive(
                bytes: TorchWriter(tensors: [Tensor("a", [0], data: [], offset: offset, strides: [1])]).archive())
        }
        #expect(throws: ModelFileError.self) { try archive(offset: 1 << 62) }
        #expect(throws: ModelFileError.self) { try archive(offset: 1) }
        #expect(try archive(offset: 0).tensors["a"]?.count == 0)
    }

    @Test func `steps that are never taken may be any`() throws {
        let tensors = [
            Tensor("a", [1, 2], data: [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40], strides: [1 << 62, 1]),
            Tensor("b", [2, 1], data: [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40], strides: [1, .max]),
        ]
        let archive = try TorchArchive(bytes: TorchWriter(tensors: tensors).archive())
        for name in ["a", "b"] { #expect(archive.floats(of: try #require(archive.tensors[name])) == [1, 2]) }
    }

    @Test func `numbers of our own format`() throws {
        let bytes = try ModelFile.bytes(of: try EveryOperation.model(stored: false))
        let length = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        let header = String(decoding: bytes[8..<8 + length], as: UTF8.self)
        var read = 0
        for variant in ExtremeNumbers.variants(of: header) {
            let file = little(UInt64(variant.utf8.count)) + Array(variant.utf8) + bytes[(8 + length)...]
            do throws(ModelFileError) {
                let model = try ModelFile.safetensors(file)
                _ = try? InferenceEngine.memory(of: model, configuration: EngineConfiguration())
                read += 1
            } catch { #expect(!error.description.isEmpty) }
        }
        #expect(read > 0)
    }

    @Test func `options of a TensorFlow Lite file`() {
        for (name, value) in QuantizedFile.options {
            guard case .integer = value else { continue }
            for extreme in ExtremeNumbers.integers {
                let file = QuantizedFile.file(
                    options: QuantizedFile.options.merging([name: .integer(Int32(clamping: extreme))]) { $1 })
                do throws(ModelFileError) {
                    _ = try TFLiteDetector(TFLiteFile(bytes: file))
                } catch { #expect(!error.description.isEmpty) }
            }
        }
    }
}
