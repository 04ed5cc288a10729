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

    /// A random light.
    public func draw(_ random: inout RandomStream) -> Light {
        var light = Light()
        if random.chance(probability) { light.brightness = random.number(in: -brightness...brightness) }
        light.contrastIsFirst = random.chance(0.5)
        if random.chance(probability) { light.contrast = random.number(in: contrast) }
        if random.chance(probability) { light.saturation = random.number(in: saturation) }
        if random.chance(probability) { light.hue = random.number(in: -hue...hue) }
        return light
    }

    /// The photo in a random light.
    public func callAsFunction(_ image: PixelImage, using random: inout RandomStream) -> PixelImage {
        draw(&random)(image)
    }
}
