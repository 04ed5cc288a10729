/// A COCO file that cannot be used.
public enum COCOFileError: Error, Sendable, Hashable {
    /// The file has more bytes than the limit.
    case tooLarge(bytes: Int, limit: Int)
    /// The file is not JSON of the expected form; where and why.
    case malformed(path: String, reason: String)
    /// Two images with one number.
    case duplicateImage(Int)
    /// Two categories with one number.
    case duplicateCategory(Int)
    /// An image without a positive width and height of at most the limit, in pixels.
    case invalidImageSize(image: Int, width: Int, height: Int, limit: Int)
    /// An image whose file name is empty, absolute, or leads out of its folder.
    case invalidFileName(image: Int)
    /// An annotation of an image that is not listed.
    case unknownImage(annotation: Int, image: Int)
    /// An annotation of a category that is not listed.
    case unknownCategory(annotation: Int, category: Int)
    /// An annotation whose box is not four finite numbers with extents that are not negative, or whose area is negative.
    case invalidBox(annotation: Int)
    /// A result, by position from 0, whose box is not four finite numbers with extents that are not negative, or whose
    /// score is not finite.
    case invalidResult(index: Int)
}
