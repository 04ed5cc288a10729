import Images
import Testing

/// Lossless WebP names a group of prefix codes for each tile; libwebp makes some 15 kB of tables for each group.
@Suite struct WebPPrefixCodesTests {
    /// Bits, least significant first (RFC 9649, section 3.3).
    private struct BitWriter {
        var bytes: [UInt8] = []
        private var bits = 0

        mutating func put(_ value: Int, _ count: Int) {
            for index in 0..<count {
                if bits % 8 == 0 { bytes.append(0) }
                bytes[bits / 8] |= UInt8(value >> index & 1) << UInt8(bits % 8)
                bits += 1
            }
        }

        /// A code of one symbol, 0, which takes no bits.
        mutating func putSingleSymbol() { put(0b0001, 4) }

        /// A code of 256 symbols of eight bits each.
        mutating func putBytes() {
            put(0, 1)
            put(8, 4)  // Twelve lengths of the code of lengths, of which the last, for length 8, is 1.
            for index in 0..<12 { put(index == 11 ? 1 : 0, 3) }
            put(1, 1)
            put(3, 3)  // 256, less two, in eight bits.
            put(254, 8)
        }
    }

    /// A black picture in which each tile of 4 × 4 pixels has a group of codes of its own.
    private static func file(side: Int) -> [UInt8] {
        var writer = BitWriter()
        writer.put(0x2F, 8)
        writer.put(side - 1, 14)
        writer.put(side - 1, 14)
        writer.put(0, 4)
        writer.put(0, 2)  // Neither transforms nor a cache of colours.
        writer.put(1, 1)  // Tiles, of 2² pixels a side.
        writer.put(0, 3)
        writer.put(0, 1)
        for _ in 0..<2 { writer.putBytes() }
        for _ in 0..<3 { writer.putSingleSymbol() }
        let tiles = side / 4 * (side / 4)
        func reversed(_ byte: Int) -> Int { (0..<8).reduce(0) { $0 | (byte >> $1 & 1) << (7 - $1) } }
        for tile in 0..<tiles {
            writer.put(reversed(tile & 255), 8)
            writer.put(reversed(tile >> 8), 8)
        }
        for _ in 0..<5 * tiles { writer.putSingleSymbol() }
        writer.put(0, 64)
        var data = writer.bytes
        if data.count % 2 == 1 { data.append(0) }
        func word(_ value: Int) -> [UInt8] { [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: value >> $0) } }
        return Array("RIFF".utf8) + word(data.count + 12) + Array("WEBPVP8L".utf8) + word(data.count) + data
    }

    @Test func asManyGroupsAsPixelsAllow() throws {
        // 65,536 groups in 295 kB once took 363 MiB and a second.
        #expect(throws: ImageError.tooManyPrefixCodes(limit: 4096)) {
            try ImageDecoder().inspect(Self.file(side: 1024))
        }
        #expect(throws: ImageError.tooManyPrefixCodes(limit: 4096)) {
            try ImageDecoder().decode(Self.file(side: 260))
        }
        let image = try ImageDecoder().decode(Self.file(side: 128))
        #expect(image == PixelImage(width: 128, height: 128))
    }

    /// What stands before the codes is read over.
    @Test func picturesWithTransforms() throws {
        let image = try ImageDecoder().decode(Fixture.wildWebP)
        let difference = image.largestDifference { x, y in
            SIMD3((x * x * 3 + y * 7) % 256, (x * 5 + y * y) % 256, (x * y + x / 3) % 256)
        }
        #expect(difference == 0)
        for length in 0..<Fixture.wildWebP.count {
            #expect(throws: ImageError.self) { try ImageDecoder().decode(Array(Fixture.wildWebP.prefix(length))) }
        }
    }
}
