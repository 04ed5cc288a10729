import ModelFiles
import TestSupport
import Testing

@Suite("TensorFlow Lite files")
struct TFLiteFileTests {
    @Test("Tensors, operators and constants are found")
    func contents() throws {
        let bytes = QuantizedFile.file()
        let file = try TFLiteFile(bytes: bytes)
        #expect(file.inputs == [0])
        #expect(file.outputs.count == 4)
        #expect(file.tensors[0].shape == [1, 8, 8, 3])
        #expect(file.tensors[0].type == .uint8)
        #expect(file.tensors[0].name == "photo")
        let (scales, zeroPoints) = try file.tensors[0].quantizationParameters(channels: 1)
        #expect(scales == [0.0078125] && zeroPoints == [128])
        #expect(try file.data(of: file.tensors[0]) == nil)
        let first = try file.operator(0)
        #expect(first.name == "CONV_2D" && first.inputs.count == 3)
        let weights = file.tensors[first.inputs[1]]
        let range = try #require(try file.data(of: weights))
        #expect(range.count == 4 * 3 * 3 * 3)
        #expect(bytes[range.lowerBound] == 100 && bytes[range.lowerBound + 1] == 137)
        let last = try file.operator(file.operatorCount - 1)
        #expect(last.name == "TFLite_Detection_PostProcess")
        #expect(throws: Never.self) { try FlexBufferMap(bytes, in: last.customOptions) }
    }

    @Test("Names joined by a converter are cut to the first")
    func joinedNames() throws {
        let file = try TFLiteFile(bytes: QuantizedFile.file())
        #expect(file.tensors.contains { $0.name == "stem" })
    }

    @Test("Another identifier, version or an offset beyond the end is refused with its place")
    func damage() throws {
        var bytes = QuantizedFile.file()
        bytes[7] = UInt8(ascii: "9")
        #expect(
            throws: ModelFileError.malformed(
                format: "TensorFlow Lite", reason: "its identifier is not TFL3", offset: 4)
        ) { try TFLiteFile(bytes: bytes) }
        bytes = QuantizedFile.file()
        bytes.replaceSubrange(0..<4, with: [0xFF, 0xFF, 0xFF, 0x7F])
        #expect(
            throws: ModelFileError.malformed(
                format: "TensorFlow Lite", reason: "the model lies outside the file", offset: 0x7FFF_FFFF)
        ) { try TFLiteFile(bytes: bytes) }
        var writer = TFLiteWriter()
        let x = writer.tensor("x", [1, 4, 4, 3])
        #expect(throws: ModelFileError.unsupportedNetwork(reason: "schema version 2, not 3")) {
            try TFLiteFile(bytes: writer.bytes(inputs: [x], outputs: [x], version: 2))
        }
    }

    @Test("A constant must have the bytes that its shape needs")
    func constantSize() throws {
        var writer = TFLiteWriter()
        let x = writer.tensor("x", [1, 4, 4, 3])
        let short = writer.tensor("short", [5], data: [UInt8](repeating: 0, count: 16))
        let huge = writer.tensor("huge", [1 << 30, 1 << 30, 1 << 30], data: [0])
        let file = try TFLiteFile(bytes: writer.bytes(inputs: [x], outputs: [x]))
        #expect(throws: ModelFileError.self) { try file.data(of: file.tensors[short]) }
        #expect(throws: ModelFileError.self) { try file.data(of: file.tensors[huge]) }
    }

    @Test("The number of extents is bounded before they are read")
    func rank() {
        var writer = TFLiteWriter()
        let x = writer.tensor("x", [Int](repeating: 1, count: 9))
        #expect(throws: ModelFileError.tooMany(what: "extents of a tensor", found: 9, limit: 8)) {
            try TFLiteFile(bytes: writer.bytes(inputs: [x], outputs: [x]))
        }
    }
}
