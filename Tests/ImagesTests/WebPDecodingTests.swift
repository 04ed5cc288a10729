import Images
import Testing

@Suite struct WebPDecodingTests {
    @Test func lossy() throws {
        let image = try ImageDecoder().decode(Fixture.lossyWebP)
        #expect(image.size == ImageSize(width: Fixture.width, height: Fixture.height))
        #expect(image.largestDifference(from: Fixture.color) <= 24)
        #expect(try ImageDecoder().inspect(Fixture.lossyWebP).format == .webp)
    }

    @Test func losslessIsExactAndTurned() throws {
        let info = try ImageDecoder().inspect(Fixture.losslessWebP)
        #expect(info.orientation == .rightTop)
        #expect(info.uprightSize == ImageSize(width: Fixture.height, height: Fixture.width))
        let image = try ImageDecoder().decode(Fixture.losslessWebP)
        #expect(image.largestDifference { x, y in Fixture.color(y, Fixture.height - 1 - x) } == 0)
    }

    @Test func alphaIsComposedOnBlack() throws {
        let image = try ImageDecoder().decode(Fixture.alphaWebP)
        #expect(image.largestDifference { x, y in (Fixture.color(x, y) &* (10 * x + y) &+ 127) / 255 } == 0)
    }

    @Test func animationsAreRefusedByName() {
        #expect(throws: ImageError.unsupported("animated WebP")) { try ImageDecoder().decode(Fixture.animatedWebP) }
        #expect(throws: ImageError.unsupported("animated WebP")) { try ImageDecoder().inspect(Fixture.animatedWebP) }
    }
}
