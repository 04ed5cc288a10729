/// What a file's headers say of the picture.
public struct ImageInfo: Sendable, Hashable {
    /// The encoding.
    public var format: ImageFormat
    /// The size of the pixels as they are stored.
    public var storedSize: ImageSize
    /// How the stored pixels are to be turned.
    public var orientation: Orientation

    /// Says what the headers said.
    public init(format: ImageFormat, storedSize: ImageSize, orientation: Orientation) {
        self.format = format
        self.storedSize = storedSize
        self.orientation = orientation
    }

    /// The size of the upright picture, as a person sees it.
    public var uprightSize: ImageSize { orientation.applied(to: storedSize) }
}
