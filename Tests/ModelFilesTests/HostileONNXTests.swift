import ModelFiles
import TestSupport
import Testing

/// ONNX files that are not what they should be: an error or a detector, never more.
@Suite struct HostileONNXTests {
    private func read(_ bytes: [UInt8]) throws { _ = try ONNXDetector(ONNXFile(bytes: bytes)) }

    private func refusal(_ bytes: [UInt8]) -> String {
        do { try read(bytes) } catch { return "\(error)" }
        return "read"
    }

    @Test func `mutated files are refused or read`() throws {
        let original = ONNXDetectorFile.file(suppression: (0.5, 0.25))
        try read(original)
        var random = SeededGenerator(seed: 31)
        var valid = 0
        for round in 0..<2_000 {
            var bytes = original
            switch round % 4 {
            case 0: bytes.removeLast(Int.random(in: 1..<bytes.count, using: &random))
            case 1:
                for _ in 0..<3 {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] ^=
                        1 << UInt8.random(in: 0..<8, using: &random)
                }
            case 2:
                // Where lengths are: a huge one.
                let place = Int.random(in: 0..<bytes.count, using: &random)
                bytes.replaceSubrange(place..<min(place + 5, bytes.count), with: [0xFF, 0xFF, 0xFF, 0xFF, 0x7F])
            default:
                let (from, to) = (
                    Int.random(in: 0..<bytes.count, using: &random), Int.random(in: 0..<bytes.count, using: &random)
                )
                bytes.insert(contentsOf: bytes[min(from, to)..<min(max(from, to), min(from, to) + 64)], at: to)
            }
            do throws(ModelFileError) {
                _ = try ONNXDetector(ONNXFile(bytes: bytes))
                valid += 1
            } catch { #expect(!error.description.isEmpty) }
        }
        #expect(valid > 50 && valid < 1_900, "\(valid)")
    }

    @Test func `extreme numbers in shapes and attributes are refused`() throws {
        for number in [0, -1, 1 << 31, 1 << 40, Int.max, Int.min] {
            var writer = ONNXWriter()
            writer.input("x", [1, 3, 8, 8])
            writer.constant("w", [2, 3, 1, 1], Array(repeating: 1, count: 6))
            let y = writer.node(
                "Conv", ["x", "w"], [("strides", .integers([number, 1])), ("group", .integer(number))])
            #expect(throws: ModelFileError.self) { try read(writer.bytes(outputs: [y])) }
            var shaped = ONNXWriter()
            shaped.input("x", [1, 3, number, 8])
            shaped.constant("s", [2], whole: [number, number])
            shaped.node("ConstantOfShape", ["s"])
            #expect(throws: ModelFileError.self) { try read(shaped.bytes(outputs: ["x"])) }
            var ranged = ONNXWriter()
            ranged.input("x", [1, 3, 8, 8])
            for (name, value) in [("a", 0), ("b", number), ("c", 1)] { ranged.constant(name, [], whole: [value]) }
            ranged.node("Range", ["a", "b", "c"])
            #expect(throws: ModelFileError.self) { try read(ranged.bytes(outputs: ["x"])) }
        }
    }

    @Test func `messages without end are refused before they take memory`() {
        // Two bytes each, which would be hundreds in memory.
        let nodes = (0..<2_000_000).flatMap { _ in ONNXWriter.message(1, []) }
        let bomb = ONNXWriter.integer(1, 8) + ONNXWriter.message(2, []) + ONNXWriter.message(7, nodes)
        let error = #expect(throws: ModelFileError.self) { try read(bomb) }
        #expect("\(error.map { "\($0)" } ?? "")".contains("fields"))
        // The same where a decoder only finds out at the end, and in graphs within graphs.
        let cut = ONNXWriter.integer(1, 8) + ONNXWriter.message(2, []) + ONNXWriter.message(7, nodes + [0])
        #expect("\(refusal(cut))".contains("fields"))
        var inner = nodes
        for _ in 0..<2 {
            inner = ONNXWriter.message(1, ONNXWriter.message(5, ONNXWriter.message(6, inner)))
        }
        let deep = ONNXWriter.integer(1, 8) + ONNXWriter.message(2, []) + ONNXWriter.message(7, inner)
        #expect("\(refusal(deep))".contains("fields"))
        // Numbers of a byte, which would be eight in memory, packed and one by one.
        let packed = ONNXWriter.message(7, [UInt8](repeating: 1, count: 3 << 20))
        let listed = (0..<3 << 20).flatMap { _ in ONNXWriter.integer(7, 1) }
        for numbers in [packed, listed] {
            let tensor = ONNXWriter.integer(2, 7) + numbers
            let file = ONNXWriter.integer(1, 8) + ONNXWriter.message(7, ONNXWriter.message(5, tensor))
            #expect("\(refusal(file))".contains("numbers that are listed"))
        }
        let attribute = ONNXWriter.message(8, [UInt8](repeating: 1, count: 3 << 20))
        let node = ONNXWriter.message(7, ONNXWriter.message(1, ONNXWriter.message(5, attribute)))
        #expect("\(refusal(ONNXWriter.integer(1, 8) + node))".contains("numbers that are listed"))
        var nested: [UInt8] = []
        for _ in 0..<2_000 { nested = ONNXWriter.message(7, nested) }
        #expect(throws: ModelFileError.self) { try read(ONNXWriter.integer(1, 8) + nested) }
    }

    @Test func `constants that multiply are bounded`() {
        var writer = ONNXWriter()
        writer.input("x", [1, 3, 8, 8])
        writer.constant("s", [1], whole: [1 << 20])
        var name = writer.node("ConstantOfShape", ["s"])
        for _ in 0..<20 { name = writer.node("Concat", [name, name], [("axis", .integer(0))]) }
        let error = #expect(throws: ModelFileError.self) { try read(writer.bytes(outputs: [name])) }
        #expect(error != nil)
    }

    @Test func `values of another file are refused`() {
        var writer = ONNXWriter()
        writer.input("x", [1, 3, 8, 8])
        let file = writer.bytes(outputs: ["x"])
        #expect(throws: ModelFileError.self) { try read(file) }
        for version in [0, 8, 21, Int.max] {
            let error = #expect(throws: ModelFileError.self) {
                try read(ONNXDetectorFile.file(operatorSet: version))
            }
            #expect("\(error.map { "\($0)" } ?? "")".contains("operator set"))
        }
    }

    static let slim = "models/ultra-light-face/slim-320.onnx"

    @Test(.enabled(if: SharedFiles.exist(slim), "\(SharedFiles.absence)"))
    func `mutations of a published file`() throws {
        let original = try SharedFiles.bytes(Self.slim)
        var random = SeededGenerator(seed: 8)
        var valid = 0
        for _ in 0..<60 {
            var bytes = original
            for _ in 0..<4 {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if (try? ONNXDetector(ONNXFile(bytes: bytes))) != nil { valid += 1 }
        }
        #expect(valid > 0)
    }
}
