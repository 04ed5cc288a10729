import MultiBox

/// Exchanges left and right.
public struct HorizontalFlip: Sendable, Hashable {
    /// The probability.
    public var probability: Float

    /// One half, unless said otherwise.
    public init(probability: Float = 0.5) {
        precondition((0...1).contains(probability))
        self.probability = probability
    }

    /// The window or its mirror image.
    public func callAsFunction(_ window: PhotoWindow, using random: inout RandomStream) -> PhotoWindow {
        random.chance(probability) ? Self.mirrored(window) : window
    }

    /// The mirror image; that of the mirror image is the window, up to the rounding of 1 − x.
    public static func mirrored(_ window: PhotoWindow) -> PhotoWindow {
        var window = window
        window.isMirrored.toggle()
        for index in window.objects.indices {
            let box = window.objects[index].box
            window.objects[index].box.xmin = 1 - box.xmax
            window.objects[index].box.xmax = 1 - box.xmin
        }
        return window
    }
}
