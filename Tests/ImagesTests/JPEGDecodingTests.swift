import Images
import Testing

@Suite struct JPEGDecodingTests {
    /// Every kind shows the same picture; at quality 95 a smooth one comes back within a few levels.
    @Test(arguments: FixtureCase.all.prefix(6))
    func colour(_ fixture: FixtureCase) throws {
        let bytes = fixture.bytes
        let tolerance = fixture.testDescription == "subsampled JPEG" ? 16 : 4
        let image = try ImageDecoder().decode(bytes)
        #expect(image.size == ImageSize(width: Fixture.width, height: Fixture.height))
        #expect(image.largestDifference(from: Fixture.color) <= tolerance)
        #expect(try ImageDecoder().inspect(bytes).format == .jpeg)
    }

    @Test func progressiveHoldsTheCoefficientsOfTheBaseline() throws {
        #expect(try ImageDecoder().decode(Fixture.progressiveJPEG) == ImageDecoder().decode(Fixture.baselineJPEG))
        #expect(try ImageDecoder().decode(Fixture.restartJPEG) == ImageDecoder().decode(Fixture.baselineJPEG))
    }

    @Test func grayHasThreeEqualChannels() throws {
        let image = try ImageDecoder().decode(Fixture.grayJPEG)
        // Luma of ITU-R BT.601.
        let difference = image.largestDifference { x, y in
            let color = Fixture.color(x, y)
            return SIMD3(repeating: (299 * color[0] + 587 * color[1] + 114 * color[2] + 500) / 1000)
        }
        #expect(difference <= 3)
    }

    /// Inks are 255 − colour with 40 of black: what is left is colour · 215/255.
    @Test func inksOfAdobeAreInverted() throws {
        let image = try ImageDecoder().decode(Fixture.cmykJPEG)
        #expect(image.largestDifference { x, y in Fixture.color(x, y) &* 215 / 255 } <= 5)
    }

    @Test func inksWithoutAdobesMarkerAreNot() throws {
        var bytes = Fixture.cmykJPEG
        let adobe = try #require(JPEGBytes.segments(bytes).first { $0.marker == 0xEE })
        bytes.removeSubrange(adobe.range)
        // The stored values, 255 − ink, are inks themselves now.
        let image = try ImageDecoder().decode(bytes)
        #expect(image.largestDifference { x, y in (255 &- Fixture.color(x, y)) &* 40 / 255 } <= 5)
    }

    @Test func aPictureOfOnePixel() throws {
        let image = PixelImage(width: 1, height: 1, filledWith: SIMD3(200, 100, 50))
        let decoded = try ImageDecoder().decode(try ImageEncoder.jpeg(image, quality: 100, subsampling: .none))
        #expect(decoded.largestDifference(from: image) <= 2)
    }

    // MARK: Scaling

    @Test func fastScalingLeavesTwiceTheTarget() throws {
        let image = PixelImage.numbered(width: 250, height: 203)
        let bytes = try ImageEncoder.jpeg(image, quality: 95)
        let fast = ImageDecoder(scaling: .fast)
        #expect(try fast.decode(bytes, for: ImageSize(width: 15, height: 12)).size == ImageSize(width: 32, height: 26))
        #expect(try fast.decode(bytes, for: ImageSize(width: 16, height: 12)).size == ImageSize(width: 63, height: 51))
        #expect(
            try fast.decode(bytes, for: ImageSize(width: 15, height: 50)).size == ImageSize(width: 125, height: 102))
        #expect(try fast.decode(bytes, for: ImageSize(width: 100, height: 100)).size == image.size)
        #expect(try fast.decode(bytes).size == image.size)
        #expect(try ImageDecoder().decode(bytes, for: ImageSize(width: 1, height: 1)).size == image.size)
        #expect(try fast.decode(bytes, for: ImageSize(width: .max, height: .max)).size == image.size)
    }

    @Test func fastScalingShowsTheSamePicture() throws {
        var image = PixelImage(width: 320, height: 240)
        for y in 0..<240 { for x in 0..<320 { image[x, y] = SIMD3(UInt8(x * 4 / 5), UInt8(y), 90) } }
        let bytes = try ImageEncoder.jpeg(image, quality: 95)
        let target = Resampler(width: 20, height: 15)
        let small = try ImageDecoder(scaling: .fast).decode(bytes, for: ImageSize(width: 20, height: 15))
        #expect(small.size == ImageSize(width: 40, height: 30))
        let whole = try ImageDecoder().decode(bytes)
        #expect(target.resample(small).largestDifference(from: target.resample(whole)) <= 4)
    }

    @Test func threeScansShowWhatOneDoes() throws {
        #expect(try ImageDecoder().decode(Fixture.scansJPEG) == ImageDecoder().decode(Fixture.baselineJPEG))
    }

    // MARK: Harmless deviations

    @Test func bytesBehindTheEndDoNotMatter() throws {
        let whole = try ImageDecoder().decode(Fixture.baselineJPEG)
        #expect(try ImageDecoder().decode(Fixture.baselineJPEG + [UInt8](repeating: 0, count: 999)) == whole)
        // A second picture follows in the multi-picture files of phones.
        #expect(try ImageDecoder().decode(Fixture.baselineJPEG + Fixture.progressiveJPEG) == whole)
    }

    @Test func paddingBeforeMarkersDoesNotMatter() throws {
        let whole = try ImageDecoder().decode(Fixture.baselineJPEG)
        // Not before the first one: there it would no longer be told as a JPEG.
        for segment in JPEGBytes.segments(Fixture.baselineJPEG).dropFirst() {
            var bytes = Fixture.baselineJPEG
            bytes.insert(contentsOf: [0, 1, 0xFF, 0, 0xFE], at: segment.range.lowerBound)
            #expect(try ImageDecoder().read(bytes) == DecodedImage(image: whole), "before marker \(segment.marker)")
        }
    }

    @Test func anAbsentEndMarkerDoesNotMatterIfThePictureIsThere() throws {
        let whole = try ImageDecoder().decode(Fixture.baselineJPEG)
        #expect(
            try ImageDecoder().read(Array(Fixture.baselineJPEG.dropLast(2)))
                == DecodedImage(image: whole, warnings: [.missingEnd(.jpeg)]))
        // Of a progressive picture nobody knows how many scans there were.
        #expect(throws: ImageError.truncated(.jpeg)) {
            try ImageDecoder().decode(Array(Fixture.progressiveJPEG.dropLast(2)))
        }
    }

    @Test func carelessHeadersDoNotMatter() throws {
        let whole = try ImageDecoder().decode(Fixture.baselineJPEG)
        var bytes = Fixture.baselineJPEG
        let segments = JPEGBytes.segments(bytes)
        let jfif = try #require(segments.first { $0.marker == 0xE0 })
        let scan = try #require(segments.first { $0.marker == 0xDA })
        bytes[jfif.range.lowerBound + 9] = 2  // The major revision.
        bytes[scan.range.lowerBound + 12] = 0  // The last coefficient of the scan.
        #expect(try ImageDecoder().read(bytes) == DecodedImage(image: whole))
    }
}
