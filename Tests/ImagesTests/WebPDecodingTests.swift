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

    @Test func theFirstFrameOfAnAnimation() throws {
        let animation = try ImageDecoder().read(Fixture.animatedWebP)
        #expect(animation.image.largestDifference(from: Fixture.color) == 0)
        #expect(animation.warnings == [.animation(.webp, frames: 2)])
        #expect(
            try ImageDecoder().inspect(Fixture.animatedWebP)
                == ImageInfo(format: .webp, storedSize: animation.image.size, orientation: .topLeft))
        #expect(throws: ImageError.flawed(.animation(.webp, frames: 2))) {
            try ImageDecoder(isStrict: true).decode(Fixture.animatedWebP)
        }
    }

    /// A frame smaller than the canvas stands in its place, on black.
    @Test func aFrameThatIsAPartOfTheCanvas() throws {
        var bytes = Fixture.animatedWebP
        // VP8X: the canvas, 24 bits each, less one. Then the frame's place, in twos.
        bytes.replaceSubrange(24..<30, with: [39, 0, 0, 29, 0, 0])
        let frame = try #require(bytes.indices.first { bytes[$0...].starts(with: "ANMF".utf8) })
        bytes.replaceSubrange(frame + 8..<frame + 14, with: [4, 0, 0, 3, 0, 0])
        let image = try ImageDecoder().decode(bytes)
        #expect(image.size == ImageSize(width: 40, height: 30))
        let difference = image.largestDifference { x, y in
            (8..<32).contains(x) && (6..<22).contains(y) ? Fixture.color(x - 8, y - 6) : .zero
        }
        #expect(difference == 0)
        // Nor may it stand beside it.
        for place: [UInt8] in [[9, 0, 0, 0, 0, 0], [0, 0, 0, 8, 0, 0], [255, 255, 255, 255, 255, 255]] {
            bytes.replaceSubrange(frame + 8..<frame + 14, with: place)
            #expect(throws: ImageError.self) { try ImageDecoder().decode(bytes) }
        }
    }

    /// Of an animation only the first frame must be there.
    @Test func anAnimationCutBehindItsFirstFrame() throws {
        let whole = try ImageDecoder().decode(Fixture.animatedWebP)
        let frames = Fixture.animatedWebP.indices.filter { Fixture.animatedWebP[$0...].starts(with: "ANMF".utf8) }
        #expect(frames.count == 2)
        for length in 12..<Fixture.animatedWebP.count {
            let cut = Array(Fixture.animatedWebP.prefix(length))
            if length < frames[1] {
                #expect(throws: ImageError.self, "\(length) bytes") { try ImageDecoder().decode(cut) }
            } else {
                #expect(try ImageDecoder().decode(cut) == whole, "\(length) bytes")
            }
        }
    }
}
