import Images
import Testing

@Suite struct ImageFormatTests {
    @Test func firstBytesAnnounceTheFormat() {
        #expect(ImageFormat.sniff(Fixture.baselineJPEG) == .jpeg)
        #expect(ImageFormat.sniff(Fixture.turnedPNG) == .png)
        #expect(ImageFormat.sniff(Fixture.lossyWebP) == .webp)
    }

    @Test(arguments: [
        "", "G", "GIF89a......", "<svg xmlns=", "RIFF....WAVE", "%PDF-1.7....", "II*\0........", "BM..........",
    ])
    func othersAreNotImages(_ text: String) {
        #expect(ImageFormat.sniff(Array(text.utf8)) == nil)
        #expect(throws: ImageError.notAnImage) { try ImageDecoder().decode(Array(text.utf8)) }
        #expect(throws: ImageError.notAnImage) { try ImageDecoder().inspect(Array(text.utf8)) }
    }

    @Test(
        arguments: [
            ("\0\0\0\u{18}ftypheic\0\0\0\0mif1heic", .heic), ("\0\0\0\u{18}ftypmif1\0\0\0\0mif1heic", .heic),
            ("\0\0\0\u{1C}ftypavif\0\0\0\0avifmif1miaf", .avif), ("\0\0\0\u{18}ftypmif1\0\0\0\0mif1avif", .avif),
            ("\0\0\0\0ftypavis", .avif), ("\u{7F}\u{7F}\u{7F}\u{7F}ftypmsf1\0\0\0\0xxxxhe", .heic),
            // Films, a box that ends before its brands, too few bytes, another box.
            ("\0\0\0\u{18}ftypisom\0\0\0\0isommp42", nil), ("\0\0\0\u{10}ftypqt  \0\0\0\0heic", nil),
            ("\0\0\0\u{18}ftyphei", nil), ("\0\0\0\u{18}moovheic\0\0\0\0mif1heic", nil),
            ("\0\0\0\u{80}ftypisom\0\0\0\0" + String(repeating: "isom", count: 12) + "heic", nil),
        ] as [(String, ForeignFormat?)])
    func knownFormatsThatAreNotDecodedAreNamed(_ text: String, _ format: ForeignFormat?) {
        let bytes = Array(text.utf8)
        #expect(ForeignFormat.sniff(bytes) == format)
        let expected = format.map { ImageError.foreign($0) } ?? .notAnImage
        #expect(throws: expected) { try ImageDecoder().decode(bytes) }
        #expect(throws: expected) { try ImageDecoder().inspect(bytes) }
        if let format { #expect(expected.description.contains(format.rawValue)) }
    }

    @Test func aPartOfALargerBodyIsDecodedInPlace() throws {
        let body = [UInt8](repeating: 0xFF, count: 7) + Fixture.baselineJPEG + [1, 2, 3]
        let part = body[7..<body.count - 3]
        #expect(try ImageDecoder().decode(part) == ImageDecoder().decode(Fixture.baselineJPEG))
        #expect(try ImageDecoder().inspect(part).storedSize == ImageSize(width: 24, height: 16))
    }

    @Test func sentencesNameTheNumbers() {
        let error = ImageError.tooManyPixels(width: 60_000, height: 60_000, limit: 50_000_000)
        #expect(error.description == "The image is 60000 × 60000 pixels, more than the limit of 50000000 pixels.")
        #expect(ImageError.truncated(.webp).description == "The WebP image is incomplete: the file ends too early.")
    }
}
