import Images
import MultiBox

/// Exchanges rows and columns, which with both flips makes all eight ways to lay a photo of something without an up.
///
/// The network's input has one shape, to which photos are warped. So that objects keep theirs, what is then seen of a
/// photo that is not square is a part of the aspect that it had: the largest, anywhere.
public struct Transposition: Sendable, Hashable {
    /// The probability.
    public var probability: Float

    /// One half, unless said otherwise.
    public init(probability: Float = 0.5) {
        precondition((0...1).contains(probability))
        self.probability = probability
    }

    /// The whole photo in its own light, or a part of it transposed.
    public func callAsFunction(_ window: PhotoWindow, using random: inout RandomStream) -> PhotoWindow {
        guard random.chance(probability) else { return window }
        let turned = Self.transposed(window)
        // The part of the old aspect that is as wide, or as high, as the turned photo.
        let (width, height) = (window.photo.width, window.photo.height)
        let (partWidth, partHeight) =
            width >= height
            ? (height, max(1, height * height / width))
            : (max(1, width * width / height), width)
        let left = random.index(below: turned.width - partWidth + 1)
        let top = random.index(below: turned.height - partHeight + 1)
        let part = turned.part(left: left, top: top, width: partWidth, height: partHeight)
        // A photo is not seen without its objects for the sake of its shape.
        guard !part.objects.isEmpty || window.objects.isEmpty else { return window }
        // Cut out, so that zooming out shows nothing beyond the part, whose objects are gone.
        return PhotoWindow(photo: part.image(), objects: part.objects, fill: window.fill)
    }

    /// The whole photo with rows and columns exchanged; transposed again it is as it was.
    public static func transposed(_ window: PhotoWindow) -> PhotoWindow {
        let objects = window.objects.map { object in
            var object = object
            let box = object.box
            object.box = CornerBox(xmin: box.ymin, ymin: box.xmin, xmax: box.ymax, ymax: box.xmax)
            return object
        }
        return PhotoWindow(photo: window.photo.upright(from: .leftTop), objects: objects, fill: window.fill)
    }
}
