/// A width and a height in pixels.
public struct ImageSize: Sendable, Hashable {
    /// Pixels a row.
    public var width: Int
    /// Rows.
    public var height: Int

    /// A size of `width` × `height` pixels.
    public init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    /// The same size lying on its side.
    public var transposed: ImageSize { ImageSize(width: height, height: width) }
}
