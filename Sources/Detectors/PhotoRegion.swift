import Images
import MultiBox

/// A part of a photo that somebody is interested in.
public struct PhotoRegion: Sendable, Hashable {
    /// Its edges, of the upright photo.
    public let box: CornerBox
    /// Whether the edges are shares of the photo's width and height, and not pixels.
    public let isRelative: Bool

    /// A region in shares of the photo or in pixels. It may reach beyond the photo.
    public init(_ box: CornerBox, isRelative: Bool) {
        self.box = box
        self.isRelative = isRelative
    }

    /// The region in shares of a photo of this size.
    func relative(to size: ImageSize) -> CornerBox {
        guard !isRelative else { return box }
        let (width, height) = (Float(size.width), Float(size.height))
        return CornerBox(
            xmin: box.xmin / width, ymin: box.ymin / height, xmax: box.xmax / width, ymax: box.ymax / height)
    }
}
