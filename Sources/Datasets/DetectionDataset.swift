import Foundation
import Images
import MultiBox

/// Photos whose objects are known.
public protocol DetectionDataset: Sendable {
    /// The names of the classes; index 0 is the background.
    var labels: LabelMap { get }
    /// The photos, in the dataset's order.
    var photos: [DatasetPhoto] { get }
    /// What was wrong, in the order of the photos.
    var problems: [DatasetProblem] { get }
    /// Why photos are missing, where it was asked to go on without those that cannot be used.
    var errors: [DatasetError] { get }
    /// The files that it was read from, besides the photos.
    var annotationFiles: [String] { get }
    /// The dataset's own number of a class.
    func categoryID(ofClass index: Int) -> Int
    /// Whether the numbers of photos are the dataset's own, not given to them by their place.
    var numbersPhotos: Bool { get }
}

/// What happens to a photo that cannot be used, as it or its annotation is not there or is none.
public enum UnusablePhotos: Sendable {
    /// The dataset is refused.
    case refused
    /// It is left out, and `errors` says why.
    case leftOut
}

extension DetectionDataset {
    /// None, of a dataset that is refused if a photo cannot be used.
    public var errors: [DatasetError] { [] }
    /// None, of a dataset that was not read from files.
    public var annotationFiles: [String] { [] }

    /// The class's index, where the dataset has no numbers of its own.
    public func categoryID(ofClass index: Int) -> Int { index }

    /// No: most layouts know photos by their names.
    public var numbersPhotos: Bool { false }

    /// The indices of the classes that have a name.
    public var classes: [Int] { labels.names.indices.filter { labels.names[$0] != nil } }

    /// What `decode` makes of the file of a photo: its pixels, or an input made from them.
    ///
    /// - Parameter size: the upright photo's size, of what was decoded.
    /// - Throws: that the file cannot be read or decoded, or that its size is not the one annotated.
    public func read<Decoded>(
        _ photo: DatasetPhoto, size: (Decoded) -> ImageSize,
        decode: ([UInt8]) throws(ImageError) -> Decoded
    ) throws(DatasetError) -> Decoded {
        let bytes = try DatasetFiles.bytes(photo.path, limit: DatasetFiles.maximumPhotoBytes)
        let decoded: Decoded
        do { decoded = try decode(bytes) } catch { throw .photo(path: photo.path, error) }
        guard size(decoded) == photo.size else {
            throw .sizeMismatch(path: photo.path, annotated: photo.size, decoded: size(decoded))
        }
        return decoded
    }

    /// The pixels of a photo, upright.
    ///
    /// - Throws: that the file cannot be read or decoded, or that its size is not the one annotated.
    public func pixels(of photo: DatasetPhoto, decoder: ImageDecoder = ImageDecoder(limits: .ofOwnFiles))
        throws(DatasetError) -> PixelImage
    {
        try read(photo, size: \.size) { (bytes) throws(ImageError) in try decoder.decode(bytes) }
    }
}
