import Serving
import TestSupport
import Testing

@Suite struct GzipTests {
    /// Python: `gzip.compress(b"hello hello hello", mtime=0)`.
    private static let hello: [UInt8] = [
        31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 203, 72, 205, 201, 201, 87, 200, 64, 144, 0, 128, 136, 249, 229, 17, 0, 0, 0,
    ]
    /// Python: `gzip.GzipFile("name.txt", "wb", 9, f, mtime=7).write(b"with a name")`.
    private static let named: [UInt8] = [
        31, 139, 8, 8, 7, 0, 0, 0, 2, 255, 110, 97, 109, 101, 46, 116, 120, 116, 0, 43, 207, 44, 201, 80, 72, 84, 200,
        75, 204, 77, 5, 0, 140, 155, 158, 141, 11, 0, 0, 0,
    ]

    private func text(_ content: [UInt8]) throws -> String {
        String(decoding: try Gzip.decompress(content, limit: 1000, maximumRatio: 1032), as: UTF8.self)
    }

    @Test func membersOfAnotherImplementationAreRead() throws {
        #expect(try text(Self.hello) == "hello hello hello")
        #expect(try text(Self.named) == "with a name")
        #expect(try text(Self.hello + Self.named + Self.hello) == "hello hello hellowith a namehello hello hello")
    }

    @Test(arguments: [1, 1024, 65536, 65537, 1_000_000]) func whatIsCompressedComesBack(size: Int) throws {
        var generator = SeededGenerator(seed: UInt64(size))
        let content = (0..<size).map { _ in UInt8.random(in: 0..<4, using: &generator) }
        guard let packed = Gzip.compress(content, level: 1) else {
            #expect(size == 1)
            return
        }
        #expect(packed.count < content.count)
        let isSame = try Gzip.decompress(packed, limit: size, maximumRatio: 1032) == content
        #expect(isSame)
        #expect(throws: GzipError.tooLarge(limit: size - 1)) {
            try Gzip.decompress(packed, limit: size - 1, maximumRatio: 1032)
        }
    }

    @Test func whatCompressionDoesNotMakeSmallerIsLeft() {
        var generator = SeededGenerator(seed: 1)
        let noise = (0..<5000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        #expect(Gzip.compress(noise, level: 1) == nil)
        #expect(Gzip.compress([], level: 1) == nil)
    }

    @Test func everyCutIsNoticed() {
        for count in 0..<Self.hello.count {
            #expect(throws: GzipError.truncated) {
                try Gzip.decompress(Array(Self.hello.prefix(count)), limit: 100, maximumRatio: 1032)
            }
        }
    }

    @Test func everyDamageIsNoticed() {
        // Of the header only what matters: the flags, time, level and system may say anything.
        for index in [0, 1, 2] + Array(10..<Self.hello.count) {
            var damaged = Self.hello
            damaged[index] ^= 0x10
            #expect(throws: GzipError.self, "byte \(index)") {
                try Gzip.decompress(damaged, limit: 100, maximumRatio: 1032)
            }
        }
    }

    @Test(arguments: [[0], [0, 0, 0, 0], Array("tail".utf8), [31, 139, 9]] as [[UInt8]])
    func whatFollowsIsRefused(tail: [UInt8]) {
        #expect(throws: GzipError.self) { try Gzip.decompress(Self.hello + tail, limit: 100, maximumRatio: 1032) }
    }

    /// A bomb ends at the ratio, long before the limit.
    @Test(arguments: [10, 100]) func contentMayGrowOnlySoMuch(ratio: Int) throws {
        let packed = try #require(Gzip.compress([UInt8](repeating: 0, count: 8 << 20), level: 9))
        #expect(packed.count < 10_000)
        #expect(throws: GzipError.expandsTooMuch(ratio: ratio)) {
            try Gzip.decompress(packed, limit: 64 << 20, maximumRatio: ratio)
        }
        // Small content may become what a packet or two hold, whatever the ratio.
        let small = try #require(Gzip.compress([UInt8](repeating: 0, count: Gzip.unconditionalSize), level: 9))
        #expect(
            try Gzip.decompress(small, limit: 64 << 20, maximumRatio: ratio).count == Gzip.unconditionalSize)
    }

    /// Before it takes memory it asks, and where it gets none it ends.
    @Test func memoryIsReservedAsItGrows() throws {
        let size = 5 << 20
        let packed = try #require(Gzip.compress([UInt8](repeating: 7, count: size), level: 9))
        var reserved: [Int] = []
        let unpacked = try Gzip.decompress(packed, limit: 64 << 20, maximumRatio: 1032) { bytes in
            reserved.append(bytes)
            return true
        }
        #expect(unpacked.count == size)
        #expect(reserved.allSatisfy { $0 <= 1 << 20 })
        #expect((size...size + 1 << 20).contains(reserved.reduce(0, +)))
        var asked = 0
        #expect(throws: GzipError.noMemory) {
            try Gzip.decompress(packed, limit: 64 << 20, maximumRatio: 1032) { _ in
                asked += 1
                return asked < 3
            }
        }
        #expect(asked == 3)
    }
}
