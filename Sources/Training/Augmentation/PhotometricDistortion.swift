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
                    let (r, g, b) = Self.apply(
                        change, Float(input[first]), Float(input[first + 1]), Float(input[first + 2]))
                    output[first] = Self.byte(r)
                    output[first + 1] = Self.byte(g)
                    output[first + 2] = Self.byte(b)
                }
            }
            initialized = count
        }
        return PixelImage(width: image.width, height: image.height, pixels: pixels)
    }

    /// The nearest byte: between 2²³ and 2²⁴ a float's steps are ones, so that the sum is rounded and its low bits are the
    /// integer.
    @inline(__always)
    private static func byte(_ x: Float) -> UInt8 {
        UInt8(truncatingIfNeeded: (clamped(x, 255) + 0x1p23).bitPattern)
    }

    /// Between 0 and `limit`.
    @inline(__always)
    private static func clamped(_ x: Float, _ limit: Float) -> Float { x > 0 ? (x < limit ? x : limit) : 0 }

    // Three numbers and not a vector: a vector of three is slower than they are.
    @inline(__always)
    private static func apply(_ change: Change, _ r: Float, _ g: Float, _ b: Float) -> (Float, Float, Float) {
        var (r, g, b) = (r + change.brightness, g + change.brightness, b + change.brightness)
        if change.contrastIsFirst { (r, g, b) = (r * change.contrast, g * change.contrast, b * change.contrast) }
        if change.saturation != 1 || change.hue != 0 { (r, g, b) = turn(r, g, b, change) }
        if !change.contrastIsFirst { (r, g, b) = (r * change.contrast, g * change.contrast, b * change.contrast) }
        return (r, g, b)
    }

    /// Changes saturation and hue of a colour, as values of HSV (Smith 1978); negative channels count as 0.
    @inline(__always)
    private static func turn(_ r: Float, _ g: Float, _ b: Float, _ change: Change) -> (Float, Float, Float) {
        let (r, g, b) = (r > 0 ? r : 0, g > 0 ? g : 0, b > 0 ? b : 0)
        let larger = r > g ? r : g
        let smaller = r < g ? r : g
        let value = larger > b ? larger : b
        let chroma = value - (smaller < b ? smaller : b)
        // Grey has no hue, whatever its saturation is multiplied by.
        guard chroma > 0 else { return (r, g, b) }
        let inverse = 1 / chroma
        var hue: Float
        if r == value {
            hue = (g - b) * inverse
        } else if g == value {
            hue = (b - r) * inverse + 2
        } else {
            hue = (r - g) * inverse + 4
        }
        hue += change.hue / 60
        if hue < 0 { hue += 6 }
        if hue >= 6 { hue -= 6 }
        let scaled = chroma * change.saturation
        let changed = scaled < value ? scaled : value
        // value − chroma · max(0, min(k, 4 − k, 1)) with k = (n + hue) mod 6 and n = 5, 3, 1 for red, green, blue.
        @inline(__always)
        func channel(_ n: Float) -> Float {
            var k = n + hue
            if k >= 6 { k -= 6 }
            let share = k < 4 - k ? k : 4 - k
            return value - changed * clamped(share, 1)
        }
        return (channel(5), channel(3), channel(1))
    }
}
