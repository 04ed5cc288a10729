import Images

/// Random light: brightness, contrast, saturation and hue (Howard 2013, with the numbers of SSD's authors). Boxes stay.
///
/// Each change comes with its own probability. Contrast comes before or after saturation and hue, by another coin.
/// Values are kept as floats in between and clamped to 0...255 once, at the end.
public struct PhotometricDistortion: Sendable, Hashable {
    /// The probability of each of the four changes.
    public var probability: Float
    /// The greatest number added to or taken from every channel.
    public var brightness: Float
    /// Factors of the channels.
    public var contrast: ClosedRange<Float>
    /// Factors of the saturation.
    public var saturation: ClosedRange<Float>
    /// The greatest turn of the hue, in degrees.
    public var hue: Float

    /// The published numbers, unless said otherwise.
    public init(
        probability: Float = 0.5, brightness: Float = 32, contrast: ClosedRange<Float> = 0.5...1.5,
        saturation: ClosedRange<Float> = 0.5...1.5, hue: Float = 18
    ) {
        precondition((0...1).contains(probability) && (0...255).contains(brightness) && (0...180).contains(hue))
        precondition(contrast.lowerBound >= 0 && saturation.lowerBound >= 0, "factors")
        self.probability = probability
        self.brightness = brightness
        self.contrast = contrast
        self.saturation = saturation
        self.hue = hue
    }

    /// What was drawn for one photo.
    struct Change: Sendable, Hashable {
        var brightness: Float = 0
        var contrast: Float = 1
        var saturation: Float = 1
        var hue: Float = 0
        var contrastIsFirst = true
    }

    func draw(_ random: inout RandomStream) -> Change {
        var change = Change()
        if random.chance(probability) { change.brightness = random.number(in: -brightness...brightness) }
        change.contrastIsFirst = random.chance(0.5)
        if random.chance(probability) { change.contrast = random.number(in: contrast) }
        if random.chance(probability) { change.saturation = random.number(in: saturation) }
        if random.chance(probability) { change.hue = random.number(in: -hue...hue) }
        return change
    }

    /// The photo in a random light.
    public func callAsFunction(_ image: PixelImage, using random: inout RandomStream) -> PixelImage {
        let change = draw(&random)
        guard change != Change(contrastIsFirst: change.contrastIsFirst) else { return image }
        let count = image.pixels.count
        let pixels = [UInt8](unsafeUninitializedCapacity: count) { output, initialized in
            image.pixels.withUnsafeBufferPointer { input in
                for first in stride(from: 0, to: count, by: 3) {
                    let rgb = SIMD3(Float(input[first]), Float(input[first + 1]), Float(input[first + 2]))
                    let result = Self.apply(change, to: rgb)
                    for channel in 0..<3 {
                        output[first + channel] = UInt8(min(max(result[channel], 0), 255) + 0.5)
                    }
                }
            }
            initialized = count
        }
        return PixelImage(width: image.width, height: image.height, pixels: pixels)
    }

    @inline(__always)
    private static func apply(_ change: Change, to pixel: SIMD3<Float>) -> SIMD3<Float> {
        var rgb = pixel + change.brightness
        if change.contrastIsFirst { rgb *= change.contrast }
        if change.saturation != 1 || change.hue != 0 { rgb = turn(rgb, change) }
        if !change.contrastIsFirst { rgb *= change.contrast }
        return rgb
    }

    /// Changes saturation and hue of a colour, as values of HSV (Smith 1978); negative channels count as 0.
    @inline(__always)
    private static func turn(_ color: SIMD3<Float>, _ change: Change) -> SIMD3<Float> {
        let rgb = color.clamped(lowerBound: .zero, upperBound: SIMD3(repeating: 1e4))
        let value = rgb.max()
        let chroma = value - rgb.min()
        // Grey has no hue, whatever its saturation is multiplied by.
        guard chroma > 0 else { return rgb }
        var hue: Float
        if rgb.x == value {
            hue = (rgb.y - rgb.z) / chroma
        } else if rgb.y == value {
            hue = (rgb.z - rgb.x) / chroma + 2
        } else {
            hue = (rgb.x - rgb.y) / chroma + 4
        }
        hue += change.hue / 60
        if hue < 0 { hue += 6 }
        if hue >= 6 { hue -= 6 }
        let changed = min(chroma * change.saturation, value)
        // value − chroma · max(0, min(k, 4 − k, 1)) with k = (n + hue) mod 6 and n = 5, 3, 1 for red, green, blue.
        var k = SIMD3<Float>(5, 3, 1) + hue
        k.replace(with: k - 6, where: k .>= 6)
        var share = pointwiseMin(k, 4 - k)
        share.clamp(lowerBound: .zero, upperBound: SIMD3(repeating: 1))
        return value - changed * share
    }
}
