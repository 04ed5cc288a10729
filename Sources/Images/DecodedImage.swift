/// A picture, and what was forgiven of the file that it comes from.
public struct DecodedImage: Sendable, Hashable {
    /// The picture.
    public var image: PixelImage
    /// What was wrong with the file; empty if nothing was.
    public var warnings: [ImageWarning]

    /// A picture with what is to be said of it.
    public init(image: PixelImage, warnings: [ImageWarning] = []) {
        self.image = image
        self.warnings = warnings
    }
}
