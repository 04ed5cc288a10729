import ModelFiles
import Networks
import TestSupport
import Testing

/// What a file of `torch.save` says, tensor by tensor.
@Suite("PyTorch archives")
struct TorchArchiveTests {
    private typealias Tensor = TorchWriter.Tensor

    /// The elements of the tensor `x` of a file with this tensor alone.
    private func elements(_ tensor: TorchWriter.Tensor, permuted axes: [Int]? = nil) throws -> [Float] {
        let archive = try TorchArchive(bytes: TorchWriter(tensors: [tensor]).archive())
        let found = try #require(archive.tensors["x"])
        return archive.floats(of: axes.map(found.permuted) ?? found)
    }

    private func error(_ bytes: [UInt8]) -> String {
        do throws(ModelFileError) {
            _ = try TorchArchive(bytes: bytes)
            return "none"
        } catch { return error.description }
    }

    @Test("Both formats hold the same tensors, on their own or as part of a checkpoint")
    func formats() throws {
        let writer = TorchWriter(tensors: [
            Tensor("a.weight", [2, 3], [1, 2, 3, 4, 5, 6]), Tensor("a.bias", [2], [7, 8]),
            Tensor("count", [], storage: "LongStorage", data: little(9 as UInt64)),
        ])
        for file in [
            writer.archive(), writer.legacy(), writer.archive(inside: "model"), writer.archive(inside: "state_dict"),
        ] {
            #expect(TorchArchive.recognizes(file))
            let archive = try TorchArchive(bytes: file)
            // Counters are no parameters.
            #expect(archive.tensors.keys.sorted() == ["a.bias", "a.weight"])
            #expect(archive.tensors["a.weight"].map(archive.floats) == [1, 2, 3, 4, 5, 6])
            #expect(archive.tensors["a.bias"].map(archive.floats) == [7, 8])
            #expect(archive.tensors["a.weight"]?.shape == [2, 3])
        }
        let parallel = TorchWriter(tensors: [Tensor("module.a", [1], [5])]).archive()
        #expect(try TorchArchive(bytes: parallel).tensors.keys.sorted() == ["a"])
    }

    @Test("Elements of every float type")
    func types() throws {
        let half: [UInt16] = [0x3C00, 0xC000, 0x0001, 0x8000, 0x7BFF, 0x7C00, 0x03FF, 0x3555]
        #expect(
            try elements(Tensor("x", [8], storage: "HalfStorage", data: half.flatMap(little)))
                == [1, -2, 0x1p-24, -0.0, 65504, .infinity, 1023 * 0x1p-24, 0.333_251_953_125])
        let nan = try elements(Tensor("x", [1], storage: "HalfStorage", data: little(0x7E00 as UInt16)))
        #expect(nan[0].isNaN)
        let brain: [UInt16] = [0x3F80, 0xC040, 0x4049]
        #expect(
            try elements(Tensor("x", [3], storage: "BFloat16Storage", data: brain.flatMap(little)))
                == [1, -3, 3.140625])
        let double: [Double] = [0.1, -1e300, 2]
        #expect(
            try elements(Tensor("x", [3], storage: "DoubleStorage", data: double.flatMap { little($0.bitPattern) }))
                == [0.1, -.infinity, 2])
    }

    @Test("Views of a storage: offsets, strides and other orders of the axes")
    func views() throws {
        let data = (0..<24).flatMap { little(Float($0).bitPattern) }
        #expect(
            try elements(Tensor("x", [3, 2], data: data, count: 24, offset: 1, strides: [2, 8]))
                == [1, 9, 3, 11, 5, 13])
        let whole = Tensor("x", [2, 3, 2, 2], data: data)
        // [output, input, height, width] as [output, height, width, input].
        #expect(
            try elements(whole, permuted: [0, 2, 3, 1])
                == [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11, 12, 16, 20, 13, 17, 21, 14, 18, 22, 15, 19, 23])
        #expect(try elements(Tensor("x", [], data: little(Float(4).bitPattern))) == [4])
        #expect(try elements(Tensor("x", [0, 5], data: [], count: 0)) == [])
    }

    @Test(
        "Views that do not lie within their storage",
        arguments: [
            ([4], 1, [1]), ([2, 2], 0, [3, 1]), ([5], 0, [0]), ([1 << 40], 0, [1]), ([2], 0, [Int.max]),
            ([1 << 32, 1 << 32], 0, [0, 0]), ([-1], 0, [1]), ([1], -1, [1]), ([1], 0, [-1]), ([2, 2], 0, [1]),
        ])
    func impossibleViews(shape: [Int], offset: Int, strides: [Int]) {
        let tensor = Tensor(
            "x", shape, data: [UInt8](repeating: 0, count: 16), count: 4, offset: offset, strides: strides)
        #expect(error(TorchWriter(tensors: [tensor]).archive()).contains("is not possible"))
    }

    @Test("Storages that are shorter than said, or missing")
    func storages() {
        let short = Tensor("x", [4], data: [UInt8](repeating: 0, count: 12), count: 4)
        #expect(error(TorchWriter(tensors: [short]).archive()).contains("shorter"))
        #expect(error(TorchWriter(tensors: [short]).legacy()).contains("not as long as said"))
        let pickle = TorchWriter(tensors: [short]).pickle()
        #expect(error(TorchWriter.zip([("a/data.pkl", pickle)])).contains("missing"))
    }

    @Test("Tensors that share one storage cannot stand for more than the file holds")
    func sharing() {
        var pickle = PickleWriter()
        pickle.operation("}")
        for index in 0..<100 {
            pickle.text("x\(index)")
            pickle.tensor(
                storage: "FloatStorage", key: "0", count: 1000, offset: 0, shape: [1000], strides: [1], hasView: false)
            pickle.operation("s")
        }
        let file = TorchWriter.zip([
            ("a/data.pkl", pickle.finished()), ("a/data/0", [UInt8](repeating: 0, count: 4000)),
        ])
        #expect(error(file).contains("bytes of tensors, more than the limit"))
    }

    @Test("A byte order that is not the one read, compression, and archives that are no weights")
    func refused() {
        let writer = TorchWriter(tensors: [Tensor("x", [1], [5])])
        let members: [(String, [UInt8])] = [("a/data.pkl", writer.pickle()), ("a/data/0", [0, 0, 0, 0])]
        #expect(error(TorchWriter.zip(members)) == "none")
        #expect(error(TorchWriter.zip(members + [("a/byteorder", Array("big".utf8))])).contains("big-endian"))
        #expect(error(TorchWriter.zip(members, method: 12)).contains("compressed"))
        #expect(error(TorchWriter.zip(members + [members[1]])).contains("two members"))
        #expect(error(TorchWriter.zip([("word/document.xml", [1])])).contains("not written by torch.save"))
        #expect(error([0x50, 0x4B, 3, 4]).contains("not complete"))
    }
}
