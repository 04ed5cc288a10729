import Images
import TestSupport
import Testing

/// Memory that another picture was in changes nothing of the next one.
@Suite struct PixelMemoryTests {
    /// A decoder whose memory holds a white picture of the size of fixtures, or of four times as many pixels.
    private func decoder(scale: Int) -> ImageDecoder {
        let memory = PixelMemory(maximumIdle: 1)
        memory.reuse(
            PixelImage(
                width: Fixture.width * scale, height: Fixture.height * scale, filledWith: SIMD3(repeating: 255)))
        return ImageDecoder(limits: ImageLimits(maximumPixels: 100_000), memory: memory)
    }

    @Test(arguments: FixtureCase.all, [1, 2])
    func theSamePicture(_ fixture: FixtureCase, scale: Int) throws {
        let decoder = decoder(scale: scale)
        let expected = try ImageDecoder().decode(fixture.bytes)
        for _ in 0..<3 {
            let image = try decoder.decode(fixture.bytes)
            #expect(image == expected)
            decoder.memory.reuse(image)
        }
    }

    /// Whatever a changed byte does, memory that was written before does it as well.
    @Test(arguments: FixtureCase.all)
    func changedBytes(_ fixture: FixtureCase) {
        var random = SeededGenerator(seed: UInt64(fixture.bytes.count))
        let fresh = ImageDecoder(limits: ImageLimits(maximumPixels: 100_000))
        for round in 0..<200 {
            var changed = fixture.bytes
            for _ in 0...Int.random(in: 0...3, using: &random) {
                changed[Int.random(in: 0..<changed.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            let expected = Result { () throws(ImageError) in try fresh.decode(changed) }
            let decoder = decoder(scale: 1 + round % 2)
            #expect(Result { () throws(ImageError) in try decoder.decode(changed) } == expected, "round \(round)")
        }
    }

    @Test func whatIsKeptIsBounded() throws {
        let memory = PixelMemory(maximumIdle: 2, maximumBytes: 4096)
        memory.reuse(PixelImage(width: 64, height: 64))
        #expect(memory.idleSizes == [])
        for _ in 0..<4 { memory.reuse(PixelImage(width: 16, height: 16)) }
        #expect(memory.idleSizes.count == 2)
        #expect(memory.idleSizes.allSatisfy { (768...4096).contains($0) })
        PixelMemory.none.reuse(PixelImage(width: 16, height: 16))
        #expect(PixelMemory.none.idleSizes == [])
    }

    /// A picture takes what is kept; a piece that is too small goes.
    @Test func whatIsKeptIsTaken() throws {
        let decoder = decoder(scale: 1)
        let image = try decoder.decode(Fixture.baselineJPEG)
        #expect(decoder.memory.idleSizes == [])
        decoder.memory.reuse(image)
        #expect(decoder.memory.idleSizes.count == 1)
        let small = ImageDecoder(memory: PixelMemory(maximumIdle: 1))
        small.memory.reuse(PixelImage(width: 1, height: 1))
        small.memory.reuse(try small.decode(Fixture.baselineJPEG))
        #expect(small.memory.idleSizes.first ?? 0 >= Fixture.width * Fixture.height * 3)
        // A file that cannot be decoded gives back what it took.
        #expect(throws: ImageError.self) { try small.decode(Array(Fixture.baselineJPEG.prefix(400))) }
        #expect(small.memory.idleSizes.count == 1)
    }
}
