import Images
import Testing

@Suite struct ImageEncoderTests {
    @Test(arguments: [(1, 1), (2, 3), (33, 17), (640, 5)])
    func pngLosesNothing(_ width: Int, _ height: Int) throws {
        let image = ResamplerTests.noise((width, height), seed: 9)
        let bytes = try ImageEncoder.png(image)
        #expect(ImageFormat.sniff(bytes) == .png)
        #expect(try ImageDecoder().decode(bytes) == image)
        // What another decoder reads.
        #expect(PNGReference(bytes).pixels == image.pixels)
    }

    @Test(arguments: [ImageEncoder.ChromaSubsampling.none, .half])
    func jpegLosesLittle(_ subsampling: ImageEncoder.ChromaSubsampling) throws {
        var image = PixelImage(width: 100, height: 60)
        for y in 0..<60 { for x in 0..<100 { image[x, y] = SIMD3(UInt8(x * 2), UInt8(y * 4), UInt8(200 - x)) } }
        let decoded = try ImageDecoder().decode(try ImageEncoder.jpeg(image, quality: 95, subsampling: subsampling))
        #expect(decoded.largestDifference(from: image) <= 10)
    }

    @Test func quality() throws {
        let image = ResamplerTests.noise((64, 64), seed: 2)
        let sizes = try [1, 50, 100].map { try ImageEncoder.jpeg(image, quality: $0).count }
        #expect(sizes == sizes.sorted() && Set(sizes).count == 3)
        #expect(
            try ImageEncoder.jpeg(image, subsampling: .half).count < ImageEncoder.jpeg(image, subsampling: .none).count)
    }

    @Test func whatTheFormatCannotHoldIsAnError() {
        let image = PixelImage(width: 65_501, height: 1)
        #expect(throws: ImageError.self) { try ImageEncoder.jpeg(image) }
    }
}
