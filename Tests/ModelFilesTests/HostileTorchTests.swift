import ModelFiles
import TestSupport
import Testing

/// Pickles that ask for more than weights, and files with changed bytes: an error or an archive, never a crash and never
/// a call.
@Suite("Hostile PyTorch files")
struct HostileTorchTests {
    private func error(pickle: [UInt8]) -> ModelFileError? {
        do throws(ModelFileError) {
            _ = try TorchArchive(bytes: TorchWriter.zip([("a/data.pkl", pickle)]))
            return nil
        } catch { return error }
    }

    @Test(
        "Classes and functions that weights do not need are refused by name",
        arguments: [
            ("os", "system"), ("builtins", "eval"), ("torch", "load"), ("torch._utils", "_rebuild_tensor_v3"),
            ("collections", "defaultdict"), ("argparse", "Namespace"), ("torch.jit", "FloatStorage"),
        ])
    func globals(module: String, name: String) {
        var pickle = PickleWriter()
        pickle.global(module, name)
        pickle.operation("(")
        pickle.text("echo")
        pickle.operation("t")
        pickle.operation("R")
        #expect(error(pickle: pickle.finished()) == .unsafePickle(what: module + "." + name))
        var stacked = PickleWriter()
        stacked.text(module)
        stacked.text(name)
        stacked.raw([0x93])
        #expect(error(pickle: stacked.finished()) == .unsafePickle(what: module + "." + name))
    }

    @Test(
        "Operations that build objects are refused", arguments: [0x81, 0x92, 0x69, 0x6F, 0x50, 0x82, 0x83, 0x00, 0xFF])
    func operations(code: UInt8) {
        let error = error(pickle: [0x80, 2, code, 0x2E])
        #expect(error == .unsafePickle(what: "operation 0x" + String(code, radix: 16, uppercase: true)))
    }

    @Test("Pickles that are cut short, take what is not there, or never end")
    func malformed() {
        let bad: [[UInt8]] = [
            [], [0x80], [0x80, 2], [0x80, 9, 0x2E], [0x80, 2, 0x2E], [0x80, 2, 0x52, 0x2E], [0x80, 2, 0x85, 0x2E],
            [0x80, 2, 0x4E, 0x28, 0x30, 0x2E], [0x80, 2, 0x74, 0x2E], [0x80, 2, 0x68, 0, 0x2E],
            [0x80, 2, 0x58, 0xFF, 0xFF, 0xFF, 0xFF, 0x2E], [0x80, 2, 0x4E, 0x4E, 0x2E], [0x80, 2, 0x4E, 0x51, 0x2E],
            [0x80, 2, 0x7D, 0x4E, 0x61, 0x2E], [0x80, 2, 0x4E, 0x28, 0x4E, 0x75, 0x2E], [0x80, 2, 0x63, 0x61],
            [0x80, 2, 0x58, 1, 0, 0, 0, 0xFF, 0x2E], [0x80, 2, 0x8A, 0xFF, 0x2E], [0x80, 2, 0x4E, 0x2E],
        ]
        for pickle in bad { #expect(error(pickle: pickle) != nil, "\(pickle)") }
    }

    @Test("Bombs: containers that grow by being shared, deep nesting, long pickles")
    func bombs() {
        // A list appended to itself half a million times over costs what it counts.
        var list = PickleWriter()
        list.operation("]")
        list.raw([0x71, 0])
        for _ in 0..<600_000 { list.raw([0x68, 0, 0x61]) }
        #expect(error(pickle: list.finished())?.description.contains("elements in its pickle") == true)
        // One list of pairs, made a dictionary again and again.
        var pairs = PickleWriter()
        pairs.raw([0x5D, 0x71, 0, 0x28])
        for _ in 0..<60_000 { pairs.raw([0x4E, 0x4E, 0x86]) }
        pairs.raw([0x65, 0x85, 0x71, 1, 0x30])
        #expect(error(pickle: pairs.finished()) == .unsafePickle(what: "operation 0x30"))
        var again = PickleWriter()
        again.raw([0x5D, 0x71, 0, 0x28])
        for _ in 0..<60_000 / 2 { again.raw([0x4E, 0x4E, 0x86]) }
        again.raw([0x65, 0x85, 0x71, 1])
        again.global("collections", "OrderedDict")
        again.raw([0x71, 2])
        for _ in 0..<100 { again.raw([0x68, 2, 0x68, 1, 0x52]) }
        #expect(error(pickle: again.finished())?.description.contains("elements in its pickle") == true)
        // Tuples within tuples are freed without recursion, and bounded.
        let nested = [0x80, 2, 0x29] + [UInt8](repeating: 0x85, count: 300_000) + [0x2E]
        #expect(error(pickle: nested)?.description.contains("objects in its pickle") == true)
        let shallow = [0x80, 2, 0x29] + [UInt8](repeating: 0x85, count: 200_000) + [0x2E]
        #expect(error(pickle: shallow)?.description.contains("something else") == true)
        let marks = [0x80, 2] + [UInt8](repeating: 0x28, count: 100_000)
        #expect(error(pickle: marks)?.description.contains("too deeply") == true)
        let values = [0x80, 2] + [UInt8](repeating: 0x4E, count: 100_000)
        #expect(error(pickle: values)?.description.contains("too deeply") == true)
        // What a pickle remembers is bounded too: with eight million values it took 820 MB.
        var memos = PickleWriter()
        memos.operation("}")
        memos.raw([UInt8](repeating: 0x94, count: 300_000))
        #expect(error(pickle: memos.finished())?.description.contains("remembered values in its pickle") == true)
        var few = PickleWriter()
        few.operation("}")
        few.raw([UInt8](repeating: 0x94, count: 1000) + (0..<300_000).flatMap { _ in [0x71, 7] as [UInt8] })
        #expect(error(pickle: few.finished()) == nil)
        let long = [UInt8](repeating: 0x80, count: 0) + (0..<5_000_000).flatMap { _ in [0x80, 2] as [UInt8] }
        #expect(error(pickle: long)?.description.contains("longer than") == true)
    }

    private let writer = TorchWriter(tensors: [
        TorchWriter.Tensor("a.weight", [2, 3, 1, 1], [1, 2, 3, 4, 5, 6]),
        TorchWriter.Tensor("a.bias", [2], [7, 8]),
        TorchWriter.Tensor("b", [4], storage: "HalfStorage", data: [0, 1, 2, 3, 4, 5, 6, 7]),
        TorchWriter.Tensor("n", [], storage: "LongStorage", data: [0, 0, 0, 0, 0, 0, 0, 0]),
    ])

    /// Whether the bytes are an archive; every element of its tensors is read.
    private func isArchive(_ bytes: [UInt8]) -> Bool {
        do throws(ModelFileError) {
            let archive = try TorchArchive(bytes: bytes)
            for tensor in archive.tensors.values { #expect(archive.floats(of: tensor).count == tensor.count) }
            return true
        } catch {
            #expect(!error.description.isEmpty)
            return false
        }
    }

    @Test("No truncation is an archive", arguments: [false, true])
    func truncations(isLegacy: Bool) {
        let bytes = isLegacy ? writer.legacy() : writer.archive()
        #expect(isArchive(bytes))
        for length in 0..<bytes.count { #expect(!isArchive(Array(bytes[..<length])), "\(length) of \(bytes.count)") }
    }

    @Test("Changed bytes", arguments: [false, true])
    func mutations(isLegacy: Bool) {
        let original = isLegacy ? writer.legacy() : writer.archive()
        var random = SeededGenerator(seed: isLegacy ? 12 : 11)
        var valid = 0
        for _ in 0..<20_000 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = bytes.indices.randomElement(using: &random) ?? 0
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes[index] = 0xFF
                case 2: bytes[index] &+= 1
                default: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                }
            }
            if isArchive(bytes) { valid += 1 }
        }
        // Some bytes are elements and padding, most are structure: the test looks at both sides.
        #expect((500...19_000).contains(valid), "\(valid) of 20000 are archives")
    }
}
