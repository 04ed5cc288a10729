import Foundation
import Images
import TestSupport
import Testing

@Suite struct PNGDecodingTests {
    /// Willem van Schaik's PngSuite without its damaged files.
    static let suite: [String] =
        ((try? FileManager.default.contentsOfDirectory(atPath: SharedFiles.path("data/images/png"))) ?? [])
        .filter { $0.hasSuffix(".png") && !$0.hasPrefix("x") }.sorted()

    @Test(.enabled(if: SharedFiles.exist("data/images/png"), "\(SharedFiles.absence)"))
    func theSuiteIsThere() { #expect(Self.suite.count > 150, "\(Self.suite.count) files") }

    private static func bytes(_ name: String) throws -> [UInt8] { try SharedFiles.bytes("data/images/png/" + name) }

    @Test(.enabled(if: SharedFiles.exist("data/images/png"), "\(SharedFiles.absence)"), arguments: suite)
    func agreesWithThePlainDecoder(_ name: String) throws {
        let bytes = try Self.bytes(name)
        let reference = PNGReference(bytes)
        let image = try ImageDecoder().decode(bytes)
        let expected = PixelImage(width: reference.width, height: reference.height, pixels: reference.pixels)
        #expect(image.largestDifference(from: expected) <= 1)
        let info = try ImageDecoder().inspect(bytes)
        #expect(info == ImageInfo(format: .png, storedSize: image.size, orientation: .topLeft))
    }

    @Test(
        .enabled(if: SharedFiles.exist("data/images/png"), "\(SharedFiles.absence)"),
        arguments: suite.filter { $0.hasPrefix("basi") || ($0.hasPrefix("s") && $0.dropFirst(3).first == "i") })
    func interlacedEqualsPlain(_ name: String) throws {
        var plain = name
        plain.replaceSubrange(
            plain.index(plain.startIndex, offsetBy: 3)...plain.index(plain.startIndex, offsetBy: 3), with: "n")
        #expect(try ImageDecoder().decode(Self.bytes(name)) == ImageDecoder().decode(Self.bytes(plain)))
    }

    @Test(.enabled(if: SharedFiles.exist("data/images/png"), "\(SharedFiles.absence)"))
    func gammaIsNotApplied() throws {
        // The same samples, once tagged with a gamma of 0.35 and once with 2.5, are not the same picture to a viewer;
        // here they are what is stored.
        for name in ["g03n2c08.png", "g25n2c08.png"] {
            let bytes = try Self.bytes(name)
            #expect(try ImageDecoder().decode(bytes).pixels == PNGReference(bytes).pixels)
        }
    }

    @Test func alphaIsComposedOnBlack() throws {
        // Grey 200 at alphas 0, 128 and 255.
        let bytes =
            PNGBytes.signature + PNGBytes.header(width: 3, height: 1, colorType: 4)
            + PNGBytes.chunk("IDAT", PNGBytes.stored([0, 200, 0, 200, 128, 200, 255])) + PNGBytes.chunk("IEND", [])
        #expect(try ImageDecoder().decode(bytes).pixels == [0, 0, 0, 100, 100, 100, 200, 200, 200])
    }

    @Test func sixteenBitsAreRounded() throws {
        // 0x807F is 128.499 of 255, 0x8080 is 128, 0x00FF is 0.99.
        let bytes =
            PNGBytes.signature + PNGBytes.header(width: 3, height: 1, depth: 16, colorType: 0)
            + PNGBytes.chunk("IDAT", PNGBytes.stored([0, 0x80, 0x7F, 0x80, 0x80, 0x00, 0xFF]))
            + PNGBytes.chunk("IEND", [])
        #expect(try ImageDecoder().decode(bytes).pixels == [128, 128, 128, 128, 128, 128, 1, 1, 1])
    }

    @Test func aPictureOfOnePixel() throws {
        let image = PixelImage(width: 1, height: 1, filledWith: SIMD3(200, 100, 50))
        #expect(try ImageDecoder().decode(try ImageEncoder.png(image)) == image)
    }

    @Test func everyChecksumIsChecked() throws {
        for chunk in PNGBytes.chunks(Fixture.turnedPNG) where chunk.type != "IEND" {
            var bytes = Fixture.turnedPNG
            bytes[chunk.range.upperBound - 1] ^= 1
            #expect(throws: ImageError.self, "\(chunk.type)") { try ImageDecoder().decode(bytes) }
        }
    }

    /// Behind the last chunk of pixels anything may be cut off.
    @Test func anAbsentEndDoesNotMatterIfThePixelsAreThere() throws {
        let whole = try ImageDecoder().decode(Fixture.turnedPNG)
        let chunks = PNGBytes.chunks(Fixture.turnedPNG)
        let data = try #require(chunks.last { $0.type == "IDAT" })
        let text = PNGBytes.chunk("tEXt", [UInt8](repeating: 65, count: 20))
        let bytes = Fixture.turnedPNG[..<data.range.upperBound] + text + PNGBytes.chunk("IEND", [])
        for length in 8..<bytes.count {
            let cut = Array(bytes[..<length])
            if length >= data.range.upperBound {
                #expect(
                    try ImageDecoder().read(cut) == DecodedImage(image: whole, warnings: [.missingEnd(.png)]))
                #expect(throws: ImageError.flawed(.missingEnd(.png))) { try ImageDecoder(isStrict: true).read(cut) }
            } else {
                #expect(throws: ImageError.truncated(.png)) { try ImageDecoder().decode(cut) }
            }
        }
    }

    /// What decoders show that know nothing of animations is the first frame, or stands for it.
    @Test func theFirstFrameOfAnAnimation() throws {
        let whole = try ImageDecoder().decode(Fixture.turnedPNG)
        let data = try #require(PNGBytes.chunks(Fixture.turnedPNG).first { $0.type == "IDAT" })
        func frame(_ number: UInt8) -> [UInt8] {
            let place: [UInt8] = [0, 0, 0, 24, 0, 0, 0, 16] + [UInt8](repeating: 0, count: 8)
            return PNGBytes.chunk("fcTL", [0, 0, 0, number] + place + [0, 1, 0, 10, 0, 0])
        }
        let next = PNGBytes.chunk("fdAT", [0, 0, 0, 2] + Fixture.turnedPNG[data.range].dropFirst(8).dropLast(4))
        let bytes =
            Fixture.turnedPNG[..<data.range.lowerBound] + PNGBytes.chunk("acTL", [0, 0, 0, 2, 0, 0, 0, 0]) + frame(0)
            + Fixture.turnedPNG[data.range] + frame(1) + next + PNGBytes.chunk("IEND", [])
        #expect(
            try ImageDecoder().read(bytes) == DecodedImage(image: whole, warnings: [.animation(.png, frames: 2)]))
    }

    @Test func dataThatEndsBeforeThePictureIsRefused() throws {
        for interlace: UInt8 in [0, 1] {
            for rows in 0..<4 {
                let bytes =
                    PNGBytes.signature + PNGBytes.header(width: 5, height: 4, colorType: 0, interlace: interlace)
                    + PNGBytes.chunk("IDAT", PNGBytes.stored([UInt8](repeating: 0, count: rows * 6)))
                    + PNGBytes.chunk("IEND", [])
                #expect(throws: ImageError.self) { try ImageDecoder().decode(bytes) }
            }
        }
    }
}
