import Images

/// A photo of a dataset and what it shows.
public struct DatasetPhoto: Sendable, Hashable {
    /// Its number, unique in the dataset.
    public var id: Int
    /// The file.
    public var path: String
    /// The upright photo's size, in pixels.
    public var size: ImageSize
    /// What it shows.
    public var objects: [AnnotatedObject]
}
