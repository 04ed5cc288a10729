import MultiBox

/// Exchanges top and bottom: for subjects without an up, such as what a microscope or a satellite sees.
public struct VerticalFlip: Sendable, Hashable {
    /// The probability.
    public var probability: Float

    /// One half, unless said otherwise.
    public init(probability: Float = 0.5) {
        precondition((0...1).contains(probability))
        self.probability = probability
    }

    /// The window, or it upside down.
    public func callAsFunction(_ window: PhotoWindow, using random: inout RandomStream) -> PhotoWindow {
        random.chance(probability) ? Self.turned(window) : window
    }

    /// The window upside down; turned again it is the window, up to the rounding of 1 − x.
    public static func turned(_ window: PhotoWindow) -> PhotoWindow {
        var window = window
        window.isUpsideDown.toggle()
        for index in window.objects.indices {
            let box = window.objects[index].box
            window.objects[index].box.ymin = 1 - box.ymax
            window.objects[index].box.ymax = 1 - box.ymin
        }
        return window
    }
}
