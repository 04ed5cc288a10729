import Foundation
import Images
import Testing

/// What a file costs before and while it is decoded: memory and time are bounded by its bytes and its pixels.
@Suite(.serialized) struct ImageCostTests {
    /// The growth of the process's resident memory while `body` runs, at its highest, in bytes.
    private static func peakGrowth(_ body: () throws -> Void) throws -> Int {
        func kibibytes(_ name: String) throws -> Int {
            let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix(name) })
            return try #require(Int(line.filter(\.isNumber)))
        }
        // 5 sets the highest back to the present one: proc(5).
        try "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .ascii)
        let before = try kibibytes("VmRSS")
        try body()
        return (try kibibytes("VmHWM") - before) * 1024
    }

    private static func allowance(_ bytes: [UInt8], pixels: Int) -> Int { (64 << 20) + 100 * bytes.count + 6 * pixels }

    /// Zeros between header segments, of which each once took sixteen bytes.
    @Test func zerosBetweenSegmentsTakeNothing() throws {
        for end in [[UInt8]([0xFF, 0xD9]), Array(Fixture.baselineJPEG[2...])] {
            let bytes = [0xFF, 0xD8, 0xFF, 0xE0, 0, 2] + [UInt8](repeating: 0, count: 20 << 20) + end
            let growth = try Self.peakGrowth { _ = try? ImageDecoder().decode(bytes) }
            #expect(growth < 32 << 20, "\(growth >> 20) MiB")
        }
        let padded = [0xFF, 0xD8, 0xFF, 0xE0, 0, 2] + [UInt8](repeating: 0, count: 9999) + Fixture.baselineJPEG[2...]
        #expect(try ImageDecoder().decode(padded) == ImageDecoder().decode(Fixture.baselineJPEG))
    }

    @Test(arguments: [(UInt8(2), 6), (6, 8)])
    func rowsOfManyBytesAPixelAreBounded(colorType: UInt8, bytesPerPixel: Int) {
        let side = 4083
        let bytes = side * side * bytesPerPixel
        let file =
            PNGBytes.signature + PNGBytes.header(width: side, height: side, depth: 16, colorType: colorType)
            + PNGBytes.chunk("IDAT", PNGBytes.stored([0])) + PNGBytes.chunk("IEND", [])
        #expect(throws: ImageError.tooManyRowBytes(bytes: bytes, limit: bytes - 1)) {
            try ImageDecoder(limits: ImageLimits(maximumRowBytes: bytes - 1)).decode(file)
        }
        // Within the limit it is decoded, as far as there is anything to decode.
        #expect {
            try ImageDecoder(limits: ImageLimits(maximumRowBytes: bytes)).decode(file)
        } throws: { error in
            if case ImageError.tooManyRowBytes = error { false } else { true }
        }
    }

    @Test func segmentsAreCounted() throws {
        let comments = (0..<100_001).flatMap { _ in [0xFF, 0xFE, 0, 2] as [UInt8] }
        #expect(throws: ImageError.tooManySegments(.jpeg, limit: 100_000)) {
            try ImageDecoder().decode(Fixture.baselineJPEG[..<2] + comments + Fixture.baselineJPEG[2...])
        }
        let chunk = PNGBytes.chunk("abCd", [])
        let chunks = (0..<100_001).flatMap { _ in chunk }
        #expect(throws: ImageError.tooManySegments(.png, limit: 100_000)) {
            try ImageDecoder().decode(Fixture.turnedPNG[..<33] + chunks + Fixture.turnedPNG[33...])
        }
    }

    /// A progressive picture of full colour takes nine bytes a pixel until it is whole: too much if the file is nearly
    /// nothing, which the header tells.
    @Test func coefficientsOfALargePictureNeedALargeFile() throws {
        func file(_ bytes: Int, marker: UInt8 = 0xC2, sampling: UInt8 = 0x11, scan: [UInt8] = [1, 2, 3]) -> [UInt8] {
            let frame: [UInt8] = [0xFF, marker, 0, 17, 8, 0x1B, 0x58, 0x1B, 0x58, 3]  // 7000 × 7000.
            let components: [UInt8] = [1, sampling, 0, 2, 0x11, 0, 3, 0x11, 0]
            let names: [UInt8] = scan.flatMap { [$0, 0] }
            let header: [UInt8] = [0xFF, 0xDA, 0, UInt8(6 + 2 * scan.count), UInt8(scan.count)] + names + [0, 0, 0]
            let head = [0xFF, 0xD8] + frame + components + header
            return head + [UInt8](repeating: 0, count: bytes - head.count)
        }
        let decoder = ImageDecoder()
        #expect {
            try decoder.inspect(file(600_000))
        } throws: { error in
            guard case .tooMuchMemory(7000, 7000, 600_000, let needed, let limit)? = error as? ImageError else {
                return false
            }
            return needed == 9 * 7000 * 7000 + (16 << 20) && limit == Self.allowance(file(600_000), pixels: 49_000_000)
        }
        #expect(throws: Never.self) { try decoder.inspect(file(1_200_000)) }
        // Neither a picture of one scan nor one whose colour is sampled at half.
        #expect(throws: Never.self) { try decoder.inspect(file(1000, marker: 0xC0)) }
        #expect(throws: Never.self) { try decoder.inspect(file(1000, sampling: 0x22)) }
        #expect(throws: ImageError.self) { try decoder.inspect(file(1000, marker: 0xC0, scan: [1])) }
    }

    /// A lossless WebP is decoded to four bytes a pixel before it is made three, one with alpha to four more.
    @Test func alphaOfALargeWebPNeedsALargeFile() throws {
        func file(side: Int, alpha: Bool) -> [UInt8] {
            let bits = (side - 1) | (side - 1) << 14 | (alpha ? 1 << 28 : 0)
            let header = [0x2F] + [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: bits >> $0) }
            let data = header + [UInt8](repeating: 0, count: 7)
            return Array("RIFF".utf8) + [24, 0, 0, 0] + Array("WEBPVP8L".utf8) + [12, 0, 0, 0] + data
        }
        #expect(throws: ImageError.self) { try ImageDecoder().inspect(file(side: 7000, alpha: true)) }
        #expect(throws: Never.self) { try ImageDecoder().inspect(file(side: 7000, alpha: false)) }
        #expect(throws: Never.self) { try ImageDecoder().inspect(file(side: 4000, alpha: true)) }
    }

    /// Dark frames, blank pages and screenshots take a hundredth of a byte a pixel, and less.
    @Test func picturesThatShowLittleAreDecoded() throws {
        let black = PixelImage(width: 4000, height: 3000, pixels: [UInt8](repeating: 0, count: 36_000_000))
        for bytes in [try ImageEncoder.png(black), try ImageEncoder.jpeg(black)] {
            #expect(bytes.count * 100 < black.pixels.count)
            var same = false
            let growth = try Self.peakGrowth { same = try ImageDecoder().decode(bytes) == black }
            #expect(same)
            #expect(growth < Self.allowance(bytes, pixels: 12_000_000))
        }
    }

    @Test func arithmeticCodingIsNamed() {
        var bytes = Fixture.baselineJPEG
        for segment in JPEGBytes.segments(bytes) where segment.marker == 0xC0 {
            bytes[segment.range.lowerBound + 1] = 0xC9
        }
        #expect(throws: ImageError.unsupported("arithmetic-coded JPEG")) { try ImageDecoder().inspect(bytes) }
    }
}
