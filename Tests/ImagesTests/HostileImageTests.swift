import Images
import TestSupport
import Testing

@Suite struct HostileImageTests {
    /// A file cut anywhere gives the whole picture or none; of a sequential JPEG, here of two rows of blocks or one, the
    /// last of several may be lost, which is said.
    @Test(arguments: FixtureCase.all)
    func truncationAnywhere(_ fixture: FixtureCase) throws {
        let bytes = fixture.bytes
        let whole = try ImageDecoder().decode(bytes)
        for length in 0..<bytes.count {
            guard let image = try? ImageDecoder().read(Array(bytes.prefix(length))) else { continue }
            #expect(!image.warnings.isEmpty, "cut to \(length) of \(bytes.count)")
            if image.warnings.contains(.damagedRows(.jpeg, from: 8, of: 16)) {
                let half = whole.pixels.count / 2
                #expect(image.image.pixels.prefix(half) == whole.pixels.prefix(half))
            } else {
                #expect(image.image == whole, "cut to \(length) of \(bytes.count)")
            }
        }
    }

    /// Whatever a changed byte does, it is a picture of the announced size or an error; and what is shown comes from the
    /// file, not from memory that nobody wrote, so that decoding again shows the same.
    @Test(arguments: FixtureCase.all)
    func changedBytes(_ fixture: FixtureCase) {
        let bytes = fixture.bytes
        var random = SeededGenerator(seed: UInt64(bytes.count))
        let decoder = ImageDecoder(limits: ImageLimits(maximumPixels: 100_000))
        var valid = 0
        for round in 0..<600 {
            var changed = bytes
            for _ in 0...Int.random(in: 0...3, using: &random) {
                let place = Int.random(in: 0..<changed.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: changed[place] = UInt8.random(in: 0...255, using: &random)
                case 1: changed[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
                case 2: changed.remove(at: place)
                default: changed.insert(UInt8.random(in: 0...255, using: &random), at: place)
                }
            }
            guard let image = try? decoder.decode(changed) else { continue }
            valid += 1
            #expect(image.size == (try? decoder.inspect(changed))?.uprightSize, "round \(round)")
            #expect(image == (try? decoder.decode(changed)), "round \(round)")
        }
        // Few that are changed are still pictures, where checksums are; a test of none would be none.
        #expect((1...599).contains(valid), "\(valid) of 600 are pictures")
    }

    /// PNG's checksums would stop most changes at the door: here they are right.
    @Test func changedChunksWithValidChecksums() {
        var random = SeededGenerator(seed: 7)
        let decoder = ImageDecoder(limits: ImageLimits(maximumPixels: 100_000))
        var valid = 0
        for _ in 0..<3000 {
            var file = PNGBytes.signature
            for chunk in PNGBytes.chunks(Fixture.turnedPNG) {
                var data = Array(Fixture.turnedPNG[chunk.range.lowerBound + 8..<chunk.range.upperBound - 4])
                if !data.isEmpty, Bool.random(using: &random) {
                    data[Int.random(in: 0..<data.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                file += PNGBytes.chunk(chunk.type, data)
                if Int.random(in: 0..<8, using: &random) == 0 {
                    let type = ["PLTE", "tRNS", "IDAT", "iCCP", "zTXt", "gAMA", "eXIf", "abCd"].randomElement(
                        using: &random)
                    let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                        UInt8.random(in: 0...255, using: &random)
                    }
                    file += PNGBytes.chunk(type ?? "tRNS", bytes)
                }
            }
            guard let image = try? decoder.decode(file) else { continue }
            valid += 1
            #expect(image == (try? decoder.decode(file)))
        }
        #expect((100...2900).contains(valid), "\(valid) of 3000 are pictures")
    }

    // MARK: Limits

    @Test func aHeaderCannotClaimMemory() {
        let claim = PNGBytes.signature + PNGBytes.header(width: 30_000, height: 30_000)
        let file = claim + PNGBytes.chunk("IDAT", PNGBytes.stored([0])) + PNGBytes.chunk("IEND", [])
        let expected = ImageError.tooManyPixels(width: 30_000, height: 30_000, limit: 50_000_000)
        #expect(throws: expected) { try ImageDecoder().decode(claim) }
        #expect(throws: expected) { try ImageDecoder().decode(file) }
        #expect(throws: expected) { try ImageDecoder().inspect(file) }
        #expect(throws: ImageError.dimensionTooLarge(width: 60_000, height: 60_000, limit: 32_768)) {
            try ImageDecoder().decode(PNGBytes.signature + PNGBytes.header(width: 60_000, height: 60_000))
        }
        #expect(throws: ImageError.self) {
            try ImageDecoder().decode(PNGBytes.signature + PNGBytes.header(width: 0xFFFF_FFFF, height: 0xFFFF_FFFF))
        }
    }

    @Test func limitsHoldForEveryFormat() {
        let decoder = ImageDecoder(limits: ImageLimits(maximumPixels: 24 * 16 - 1))
        for bytes in FixtureCase.all.map(\.bytes) {
            #expect(throws: ImageError.tooManyPixels(width: 24, height: 16, limit: 383)) { try decoder.decode(bytes) }
            #expect(throws: ImageError.tooManyPixels(width: 24, height: 16, limit: 383)) { try decoder.inspect(bytes) }
        }
        let exact = ImageDecoder(limits: ImageLimits(maximumPixels: 24 * 16, maximumDimension: 24))
        for bytes in FixtureCase.all.map(\.bytes) { #expect(throws: Never.self) { try exact.decode(bytes) } }
        let narrow = ImageDecoder(limits: ImageLimits(maximumDimension: 23))
        for bytes in FixtureCase.all.map(\.bytes) {
            #expect(throws: ImageError.dimensionTooLarge(width: 24, height: 16, limit: 23)) { try narrow.decode(bytes) }
        }
    }

    /// A scan costs the decoder a walk over the whole picture, and the file a few bytes.
    @Test func manyScansAreRefused() throws {
        let segments = JPEGBytes.segments(Fixture.progressiveJPEG)
        let last = try #require(segments.last { $0.marker == 0xDA })
        let scan = Fixture.progressiveJPEG[last.range]
        let end = Fixture.progressiveJPEG.count - 2
        let bomb =
            Fixture.progressiveJPEG[..<end] + (0..<1000).flatMap { _ in scan } + Fixture.progressiveJPEG[end...]
        #expect(throws: ImageError.tooManyScans(limit: 64)) { try ImageDecoder().decode(bomb) }

        // Ten scans, two of them of three components, visit 14 samples a pixel: 16 are always allowed. Seven more scans
        // make it 21.
        #expect(throws: Never.self) {
            try ImageDecoder(limits: ImageLimits(maximumScanSamples: 0)).decode(Fixture.progressiveJPEG)
        }
        let more = Fixture.progressiveJPEG[..<end] + (0..<7).flatMap { _ in scan } + Fixture.progressiveJPEG[end...]
        let strict = ImageDecoder(limits: ImageLimits(maximumScanSamples: 24 * 16 * 5 - 1))
        #expect(throws: ImageError.tooManyScanSamples(limit: 24 * 16 * 21 - 1)) { try strict.decode(more) }
        // With what it may visit it is decoded, and found to contradict itself.
        #expect(throws: ImageError.self) {
            try ImageDecoder(limits: ImageLimits(maximumScanSamples: 24 * 16 * 5)).decode(more)
        }
    }

    /// What is packed behind the pixels is not unpacked: neither data that goes on, nor a profile or a text.
    @Test func dataBehindThePictureIsNotUnpacked() throws {
        let header = PNGBytes.signature + PNGBytes.header(width: 1, height: 1, colorType: 0)
        let end = PNGBytes.chunk("IEND", [])
        let little =
            header + PNGBytes.chunk("IDAT", PNGBytes.stored([0, 77] + [UInt8](repeating: 0, count: 100))) + end
        #expect(try ImageDecoder().decode(little).pixels == [77, 77, 77])

        let picture = PNGBytes.chunk("IDAT", PNGBytes.stored([0, 77] + [UInt8](repeating: 0, count: 60_000)))
        let much = PNGBytes.chunk("IDAT", [UInt8](repeating: 0, count: 200_000))
        let junk = header + picture + much + end
        let image = try? ImageDecoder().decode(junk)
        #expect(image == nil || image?.pixels == [77, 77, 77])

        let text = PNGBytes.chunk("zTXt", Array("a\0\0".utf8) + [UInt8](repeating: 1, count: 5_000_000))
        let titled = header + text + PNGBytes.chunk("IDAT", PNGBytes.stored([0, 77])) + end
        #expect(try ImageDecoder().decode(titled).pixels == [77, 77, 77])
    }
}
