import Images
import TestSupport
import Testing

/// How much of a JPEG may be missing or damaged, and what is said of it.
@Suite struct JPEGDamageTests {
    private static let rowOfBlocks = 16
    private static let height = 160

    /// Where the restart markers of a file are.
    private static func restartMarkers(_ bytes: [UInt8]) throws -> [Int] {
        let scan = try #require(JPEGBytes.segments(bytes).first { $0.marker == 0xDA })
        return scan.range.dropLast().filter { bytes[$0] == 0xFF && (0xD0...0xD7).contains(bytes[$0 + 1]) }
    }

    private static func rows(_ image: PixelImage, below end: Int) -> ArraySlice<UInt8> {
        image.pixels.prefix(end * image.width * 3)
    }

    // MARK: Padding

    /// As some webcams write it.
    @Test(arguments: [1, 6, 4000])
    func paddingBeforeRestartMarkersIsHarmless(_ count: Int) throws {
        let whole = try ImageDecoder().read(Fixture.tallJPEG)
        #expect(whole.warnings == [])
        var bytes = Fixture.tallJPEG
        for marker in try Self.restartMarkers(bytes).reversed() {
            bytes.insert(contentsOf: [UInt8](repeating: 0, count: count), at: marker)
        }
        #expect(try ImageDecoder().read(bytes) == whole)
        #expect(try ImageDecoder(isStrict: true).read(bytes) == whole)
    }

    /// Padding is forgiven however often it comes, and hides nothing that comes after it.
    @Test func paddingDoesNotHideDamage() throws {
        var bytes = Fixture.tallJPEG
        let markers = try Self.restartMarkers(bytes)
        bytes.replaceSubrange(markers[4]..., with: [0xFF, 0xD9])
        for marker in markers[..<4].reversed() { bytes.insert(contentsOf: [0, 0, 0], at: marker) }
        #expect(throws: ImageError.self) { try ImageDecoder().decode(bytes) }
    }

    // MARK: Damage

    /// A file that is cut behind an interval and filled up to its end: all rows but the last must be there.
    @Test(arguments: [[], [UInt8](repeating: 0, count: 300), [0x12, 0x34, 0x56, 0xFF, 0x00, 0x78]])
    func aFileFilledBehindAnInterval(_ junk: [UInt8]) throws {
        let whole = try ImageDecoder().decode(Fixture.tallJPEG)
        for (index, marker) in try Self.restartMarkers(Fixture.tallJPEG).enumerated() {
            let bytes = Fixture.tallJPEG[..<marker] + junk + [0xFF, 0xD9]
            let sound = (index + 1) * Self.rowOfBlocks
            guard index == 8 else {
                #expect(throws: ImageError.self, "\(sound) rows") { try ImageDecoder().decode(bytes) }
                continue
            }
            let image = try ImageDecoder().read(bytes)
            #expect(image.warnings == [.damagedRows(.jpeg, from: sound, of: Self.height)])
            // Colour is interpolated between rows, so that the last sound one is touched.
            #expect(Self.rows(image.image, below: sound - 1) == Self.rows(whole, below: sound - 1))
        }
    }

    /// Cut anywhere, without a word about its end.
    @Test func aFileCutAnywhere() throws {
        let whole = try ImageDecoder().decode(Fixture.tallJPEG)
        let last = try #require(try Self.restartMarkers(Fixture.tallJPEG).last)
        for length in 0..<Fixture.tallJPEG.count {
            let bytes = Array(Fixture.tallJPEG.prefix(length))
            guard length >= last else {
                #expect(throws: ImageError.self, "\(length) bytes") { try ImageDecoder().decode(bytes) }
                continue
            }
            let image = try ImageDecoder().read(bytes)
            if image.warnings == [.missingEnd(.jpeg)] {
                #expect(image.image == whole)
            } else {
                #expect(image.warnings == [.damagedRows(.jpeg, from: 144, of: Self.height)])
            }
            #expect(Self.rows(image.image, below: 143) == Self.rows(whole, below: 143))
        }
    }

    /// A hundredth of the rows may be lost where that is more than a row of blocks.
    @Test func theHundredthOfATallPicture() throws {
        let image = PixelImage(width: 8, height: 4000, pixels: [UInt8](repeating: 77, count: 8 * 4000 * 3))
        let bytes = try ImageEncoder.jpeg(image, subsampling: .none)
        let scan = try #require(JPEGBytes.segments(bytes).first { $0.marker == 0xDA })
        var firstRows: Set<Int> = []
        for length in scan.range where length > scan.range.lowerBound + 14 {
            guard let cut = try? ImageDecoder().read(Array(bytes[..<length]) + [0xFF, 0xD9]) else { continue }
            for case .damagedRows(_, let first, _) in cut.warnings { firstRows.insert(first) }
        }
        #expect(firstRows == [3960, 3968, 3976, 3984, 3992])
    }

    /// Half a picture of one row of blocks is no picture.
    @Test func aSingleRowOfBlocksIsWhole() throws {
        let image = ResamplerTests.noise((200, 16), seed: 3)
        let bytes = try ImageEncoder.jpeg(image)
        #expect(throws: ImageError.truncated(.jpeg)) {
            try ImageDecoder().decode(Array(bytes[..<(bytes.count - 200)]) + [0xFF, 0xD9])
        }
    }

    /// A picture of several scans without any one of them.
    @Test(arguments: [Fixture.progressiveJPEG, Fixture.scansJPEG])
    func noScanIsMissing(_ bytes: [UInt8]) throws {
        let scans = JPEGBytes.segments(bytes).filter { $0.marker == 0xDA }
        #expect(scans.count > 2)
        for scan in scans {
            var cut = bytes
            cut.removeSubrange(scan.range)
            #expect(throws: ImageError.self) { try ImageDecoder().decode(cut) }
        }
        // Nor is the end of one, however many come after it.
        let whole = try ImageDecoder().decode(bytes)
        for scan in scans {
            var cut = bytes
            cut.removeSubrange(scan.range.upperBound - 2..<scan.range.upperBound)
            guard let image = try? ImageDecoder().read(cut) else { continue }
            #expect(!image.warnings.isEmpty || image.image == whole)
        }
    }

    // MARK: What is shown

    /// What a decoder fills in for lost rows does not come from the memory that it was given.
    @Test func lostRowsShowNothingOfOtherPictures() throws {
        let last = try #require(try Self.restartMarkers(Fixture.tallJPEG).last)
        let bytes = Fixture.tallJPEG[..<last] + [0xFF, 0xD9]
        let images = try [UInt8(0), 255].map { value in
            let memory = PixelMemory(maximumIdle: 1)
            memory.reuse(PixelImage(width: 32, height: 160, filledWith: SIMD3(repeating: value)))
            return try ImageDecoder(memory: memory).decode(bytes)
        }
        #expect(images[0] == images[1])
    }

    @Test func strictDecodersForgiveNothing() throws {
        let last = try #require(try Self.restartMarkers(Fixture.tallJPEG).last)
        let strict = ImageDecoder(isStrict: true)
        #expect(throws: ImageError.flawed(.damagedRows(.jpeg, from: 144, of: 160))) {
            try strict.decode(Fixture.tallJPEG[..<last] + [0xFF, 0xD9])
        }
        #expect(throws: ImageError.flawed(.missingEnd(.jpeg))) { try strict.decode(Fixture.tallJPEG.dropLast(2)) }
        for fixture in FixtureCase.all.dropLast() { #expect(throws: Never.self) { try strict.decode(fixture.bytes) } }
    }

    @Test func sentences() {
        #expect(
            ImageWarning.damagedRows(.jpeg, from: 144, of: 160).description
                == "The JPEG image is damaged: 16 of its 160 stored rows, from row 144 on.")
        #expect(
            ImageError.flawed(.missingEnd(.png)).description
                == "The image is refused, since no flaw is forgiven: "
                + "The file of the PNG image lacks its end; the picture is complete.")
    }
}
