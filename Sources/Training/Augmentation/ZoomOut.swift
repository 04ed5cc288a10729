/// Puts the photo somewhere on a larger canvas of one colour, which makes small objects of large ones (Liu et al. 2016,
/// section 3.6).
public struct ZoomOut: Sendable, Hashable {
    /// The probability.
    public var probability: Float
    /// The canvas's side over the photo's.
    public var ratio: ClosedRange<Float>
    /// The largest canvas, in pixels; a larger one would take memory out of proportion.
    public static let maximumPixels = 1 << 28

    /// The published numbers, unless said otherwise.
    public init(probability: Float = 0.5, ratio: ClosedRange<Float> = 1...4) {
        precondition((0...1).contains(probability) && ratio.lowerBound >= 1 && ratio.upperBound <= 16)
        self.probability = probability
        self.ratio = ratio
    }

    /// The window, or a larger one around it.
    public func callAsFunction(_ window: PhotoWindow, using random: inout RandomStream) -> PhotoWindow {
        guard random.chance(probability) else { return window }
        let ratio = random.number(in: ratio)
        let (width, height) = (Int(Float(window.width) * ratio), Int(Float(window.height) * ratio))
        let (right, down) = (
            random.index(below: width - window.width + 1), random.index(below: height - window.height + 1)
        )
        guard width * height <= Self.maximumPixels else { return window }
        return window.part(left: -right, top: -down, width: width, height: height)
    }
}
