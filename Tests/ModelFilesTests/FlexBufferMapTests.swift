import ModelFiles
import TestSupport
import Testing

@Suite("FlexBuffer maps")
struct FlexBufferMapTests {
    static let bytes = FlexBufferWriter.map([
        "a": .integer(-5), "half": .float(0.5), "yes": .bool(true), "none": .null, "far": .indirectFloat(2.25),
        "large": .indirectInteger(1 << 40), "text": .string("hello"),
    ])

    @Test("Values keep their kinds, inline or behind an offset")
    func kinds() throws {
        let prefix = [UInt8](repeating: 0xEE, count: 13)
        let map = try FlexBufferMap(prefix + Self.bytes, in: 13..<13 + Self.bytes.count)
        #expect(try map.integer("a") == -5)
        #expect(try map.float("a") == -5)
        #expect(try map.float("half") == 0.5)
        #expect(try map.bool("yes") == true)
        #expect(try map.integer("none") == nil)
        #expect(try map.integer("absent") == nil)
        #expect(try map.float("far") == 2.25)
        #expect(try map.integer("large") == 1 << 40)
        #expect(map.values["text"] == .other(type: 5))
        #expect(throws: ModelFileError.self) { try map.integer("half") }
        #expect(throws: ModelFileError.self) { try map.float("text") }
    }

    @Test("No truncation reads beyond its range or succeeds with other values")
    func truncations() {
        for length in 0..<Self.bytes.count {
            #expect(throws: ModelFileError.self, "\(length) bytes") {
                try FlexBufferMap(Self.bytes, in: Self.bytes.count - length..<Self.bytes.count)
            }
        }
    }

    @Test("A map of other widths: 8-bit keys and 16-bit values")
    func widths() throws {
        let bytes: [UInt8] = [
            0x6B, 0,  // the key "k"
            1, 3,  // the keys: one, 3 bytes back
            1, 0, 1, 0, 1, 0,  // the keys' offset and width, the values' count
            0xFE, 0xFF, 1 << 2 | 1,  // −2, a 16-bit integer
            3, 9 << 2 | 1, 1,  // the root: 3 bytes back, a map of 16 bits; itself of 8
        ]
        #expect(try FlexBufferMap(bytes, in: 0..<bytes.count).integer("k") == -2)
    }

    @Test("Errors say where")
    func position() {
        let bytes: [UInt8] = [0, 0, 4, 1 << 2, 1]
        #expect(
            throws: ModelFileError.malformed(
                format: "TensorFlow Lite", reason: "a custom operator's options: it is no map", offset: 3)
        ) { try FlexBufferMap(bytes, in: 0..<5) }
    }
}
