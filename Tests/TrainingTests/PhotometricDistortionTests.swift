import Images
import TestSupport
import Testing
import Training

/// Random light.
@Suite struct PhotometricDistortionTests {
    private static let photo: PixelImage = {
        var generator = SeededGenerator(seed: 3)
        let pixels = (0..<40 * 30 * 3).map { _ in UInt8.random(in: 0...255, using: &generator) }
        return PixelImage(width: 40, height: 30, pixels: pixels)
    }()

    private func distorted(_ distortion: PhotometricDistortion, _ image: PixelImage = photo, seed: UInt64 = 1)
        -> PixelImage
    {
        var random = RandomStream(seed: seed)
        return distortion(image, using: &random)
    }

    @Test func `at probability 0, or with ranges of nothing, the photo stays`() {
        #expect(distorted(PhotometricDistortion(probability: 0)) == Self.photo)
        let nothing = PhotometricDistortion(
            probability: 1, brightness: 0, contrast: 1...1, saturation: 1...1, hue: 0)
        #expect(distorted(nothing) == Self.photo)
    }

    @Test func `brightness adds one number to all`() {
        let brightness = PhotometricDistortion(probability: 1, contrast: 1...1, saturation: 1...1, hue: 0)
        let grey = PixelImage(width: 2, height: 2, filledWith: SIMD3(100, 110, 120))
        var seen: Set<SIMD3<UInt8>> = []
        for seed in 0..<50 {
            let pixel = distorted(brightness, grey, seed: UInt64(seed))[0, 0]
            seen.insert(pixel)
            #expect(Int(pixel.y) - Int(pixel.x) == 10 && Int(pixel.z) - Int(pixel.y) == 10)
            #expect((68...132).contains(pixel.x))
        }
        #expect(seen.count > 20)
    }

    @Test func `contrast multiplies, and clamps once`() {
        let contrast = PhotometricDistortion(
            probability: 1, brightness: 0, contrast: 1.5...1.5, saturation: 1...1, hue: 0)
        let image = PixelImage(width: 1, height: 1, filledWith: SIMD3(10, 100, 200))
        #expect(distorted(contrast, image)[0, 0] == SIMD3(15, 150, 255))
    }

    @Test func `saturation draws towards grey or away from it, brightest channel kept`() {
        let image = PixelImage(width: 1, height: 1, filledWith: SIMD3(200, 100, 150))
        func saturated(_ factor: Float) -> SIMD3<UInt8> {
            distorted(
                PhotometricDistortion(
                    probability: 1, brightness: 0, contrast: 1...1, saturation: factor...factor, hue: 0), image)[0, 0]
        }
        #expect(saturated(0) == SIMD3(200, 200, 200))
        #expect(saturated(0.5) == SIMD3(200, 150, 175))
        #expect(saturated(1.5) == SIMD3(200, 50, 125))
        #expect(saturated(9) == SIMD3(200, 0, 100))
    }

    @Test func `the hue turns by what was drawn`() {
        let image = PixelImage(width: 1, height: 1, filledWith: SIMD3(200, 50, 50))
        let distortion = PhotometricDistortion(
            probability: 1, brightness: 0, contrast: 1...1, saturation: 1...1, hue: 180)
        var greenest = 0
        for seed in 0..<300 {
            let pixel = distorted(distortion, image, seed: UInt64(seed))[0, 0]
            #expect(pixel.max() == 200 && pixel.min() == 50)
            if pixel.y == 200 { greenest += 1 }
        }
        // A third of the circle is greenest.
        #expect((70...130).contains(greenest))
        let small = PhotometricDistortion(probability: 1, brightness: 0, contrast: 1...1, saturation: 1...1, hue: 18)
        for seed in 0..<100 {
            let pixel = distorted(small, image, seed: UInt64(seed))[0, 0]
            // 18 of 60 degrees, of a range of 150.
            #expect(pixel.x == 200 && max(pixel.y, pixel.z) <= 95 && min(pixel.y, pixel.z) == 50)
        }
    }

    @Test func `grey stays grey`() {
        let image = PixelImage(width: 1, height: 1, filledWith: SIMD3(77, 77, 77))
        for seed in 0..<100 {
            let pixel = distorted(PhotometricDistortion(), image, seed: UInt64(seed))[0, 0]
            #expect(pixel.x == pixel.y && pixel.y == pixel.z)
        }
    }
}
