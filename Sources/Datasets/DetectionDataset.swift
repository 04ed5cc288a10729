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

    /// The pixels of a photo, upright.
    ///
    /// - Throws: that the file cannot be read or decoded, or that its size is not the one annotated.
    public func pixels(of photo: DatasetPhoto, decoder: ImageDecoder = ImageDecoder(limits: .ofOwnFiles))
        throws(DatasetError) -> PixelImage
    {
        let bytes = try DatasetFiles.bytes(photo.path, limit: DatasetFiles.maximumPhotoBytes)
        let image: PixelImage
        do { image = try decoder.decode(bytes) } catch { throw .photo(path: photo.path, error) }
        guard image.size == photo.size else {
            throw .sizeMismatch(path: photo.path, annotated: photo.size, decoded: image.size)
        }
        return image
    }
}
