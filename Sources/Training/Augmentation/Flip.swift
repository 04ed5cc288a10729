import MultiBox

/// Exchanges left and right, or top and bottom.
public struct Flip: Sendable, Hashable {
    /// What is exchanged.
    public enum Axis: Sendable, Hashable {
        /// Left and right, as in a mirror.
        case horizontal
        /// Top and bottom: for subjects without an up, such as what a microscope or a satellite sees.
        case vertical
    }

    /// What is exchanged.
    public var axis: Axis
    /// The probability.
    public var probability: Float

    /// With probability one half, unless said otherwise.
    public init(_ axis: Axis = .horizontal, probability: Float = 0.5) {
        precondition((0...1).contains(probability))
        self.axis = axis
        self.probability = probability
    }

    /// The window or its mirror image.
    public func callAsFunction(_ window: PhotoWindow, using random: inout RandomStream) -> PhotoWindow {
        random.chance(probability) ? mirrored(window) : window
    }

    /// The mirror image; that of the mirror image is the window, up to the rounding of 1 − x.
    public func mirrored(_ window: PhotoWindow) -> PhotoWindow {
        var window = window
        switch axis {
        case .horizontal: window.isMirrored.toggle()
        case .vertical: window.isUpsideDown.toggle()
        }
        for index in window.objects.indices {
            let box = window.objects[index].box
            switch axis {
            case .horizontal:
                (window.objects[index].box.xmin, window.objects[index].box.xmax) = (1 - box.xmax, 1 - box.xmin)
            case .vertical:
                (window.objects[index].box.ymin, window.objects[index].box.ymax) = (1 - box.ymax, 1 - box.ymin)
            }
        }
        return window
    }
}
