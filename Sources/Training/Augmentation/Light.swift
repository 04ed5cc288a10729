import Images

/// A change of light and colours, the same for every pixel.
///
/// Brightness is added to every channel, contrast multiplies it, saturation and hue turn the colour. Values are kept as
/// floats in between and clamped to 0...255 once, at the end.
public struct Light: Sendable, Hashable {
    /// The number added to every channel.
    public var brightness: Float = 0
    /// The factor of every channel.
    public var contrast: Float = 1
    /// The factor of the saturation.
    public var saturation: Float = 1
    /// The turn of the hue, in degrees.
    public var hue: Float = 0
    /// Whether contrast comes before saturation and hue.
    public var contrastIsFirst = true

    /// Whether nothing changes.
    var isPlain: Bool { brightness == 0 && contrast == 1 && saturation == 1 && hue == 0 }

    /// The picture in this light.
    public func callAsFunction(_ image: PixelImage) -> PixelImage {
        guard !isPlain else { return image }
        let count = image.pixels.count
        let pixels = [UInt8](unsafeUninitializedCapacity: count) { output, initialized in
            image.pixels.withUnsafeBufferPointer { input in
                for first in stride(from: 0, to: count, by: 3) {
                    let (r, g, b) = apply(Float(input[first]), Float(input[first + 1]), Float(input[first + 2]))
                    output[first] = Self.byte(r)
                    output[first + 1] = Self.byte(g)
                    output[first + 2] = Self.byte(b)
                }
            }
            initialized = count
        }
        return PixelImage(width: image.width, height: image.height, pixels: pixels)
    }

    /// Changes some pixels, red, green and blue of 0...255, in place.
    func apply(toPixels pixels: UnsafeMutableBufferPointer<Float>) {
        for first in stride(from: 0, to: pixels.count - 2, by: 3) {
            let (r, g, b) = apply(pixels[first], pixels[first + 1], pixels[first + 2])
            pixels[first] = Self.clamped(r, 255)
            pixels[first + 1] = Self.clamped(g, 255)
            pixels[first + 2] = Self.clamped(b, 255)
        }
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
    private func apply(_ r: Float, _ g: Float, _ b: Float) -> (Float, Float, Float) {
        var (r, g, b) = (r + brightness, g + brightness, b + brightness)
        if contrastIsFirst { (r, g, b) = (r * contrast, g * contrast, b * contrast) }
        if saturation != 1 || hue != 0 { (r, g, b) = turn(r, g, b) }
        if !contrastIsFirst { (r, g, b) = (r * contrast, g * contrast, b * contrast) }
        return (r, g, b)
    }

    /// Changes saturation and hue of a colour, as values of HSV (Smith 1978); negative channels count as 0.
    @inline(__always)
    private func turn(_ r: Float, _ g: Float, _ b: Float) -> (Float, Float, Float) {
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
        hue += self.hue / 60
        if hue < 0 { hue += 6 }
        if hue >= 6 { hue -= 6 }
        let scaled = chroma * saturation
        let changed = scaled < value ? scaled : value
        // value − chroma · max(0, min(k, 4 − k, 1)) with k = (n + hue) mod 6 and n = 5, 3, 1 for red, green, blue.
        @inline(__always)
        func channel(_ n: Float) -> Float {
            var k = n + hue
            if k >= 6 { k -= 6 }
            let share = k < 4 - k ? k : 4 - k
            return value - changed * Self.clamped(share, 1)
        }
        return (channel(5), channel(3), channel(1))
    }
}
