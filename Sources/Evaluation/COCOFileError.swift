/// A COCO file that cannot be used.
public enum COCOFileError: Error, Sendable, Hashable {
    /// The file has more bytes than the limit.
    case tooLarge(bytes: Int, limit: Int)
    /// The file is not JSON of the expected form; where and why.
    case malformed(path: String, reason: String)
    /// Two images with one number.
    case duplicateImage(Int)
    /// Two images with one file, which would count twice.
    case duplicateFile(images: [Int], name: String)
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
    /// An annotation whose score is not above 0 and at most 1.
    case invalidAnnotationScore(annotation: Int)
    /// A result, by position from 0, whose box is not four finite numbers with extents that are not negative, or whose
    /// score is not finite.
    case invalidResult(index: Int)
}

extension COCOFileError: CustomStringConvertible {
    /// One sentence for a person, without the file's name.
    public var description: String {
        switch self {
        case .tooLarge(let bytes, let limit): "it has \(bytes) bytes, more than the limit of \(limit)"
        case .malformed(let path, let reason): "\(path.isEmpty ? "it is no COCO file" : path): \(reason)"
        case .duplicateImage(let id): "two images have the number \(id)"
        case .duplicateFile(let images, let name):
            "images \(images.map(String.init).joined(separator: " and ")) are one file, \(name)"
        case .duplicateCategory(let id): "two categories have the number \(id)"
        case .invalidImageSize(let image, let width, let height, let limit):
            "image \(image) has a size of \(width) × \(height) pixels, which is not from 1 to \(limit)"
        case .invalidFileName(let image): "image \(image) has a file name that is none in the folder of photos"
        case .unknownImage(let annotation, let image):
            "annotation \(annotation) is about image \(image), which is not listed"
        case .unknownCategory(let annotation, let category):
            "annotation \(annotation) has the category \(category), which is not listed"
        case .invalidBox(let annotation): "the box of annotation \(annotation) is not one"
        case .invalidAnnotationScore(let annotation):
            "the score of annotation \(annotation) is not above 0 and at most 1"
        case .invalidResult(let index): "the box or score of result \(index), counted from 0, is not one"
        }
    }
}
