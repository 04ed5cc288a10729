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
