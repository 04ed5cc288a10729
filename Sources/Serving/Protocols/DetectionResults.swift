import Detectors
import HTTP
import Images

/// What became of the images of a request, for who writes its answer.
struct DetectionResults: Sendable {
    /// The request's identifier.
    let requestID: String
    /// The model that looked.
    let model: LoadedModel
    /// For each image, in the order sent, what was found in it or why nothing could be.
    let images: [Result<FoundImage, ServiceError>]
    /// The file of the first image, where it was kept.
    let photo: ArraySlice<UInt8>?
    /// The limits within which that was decoded before.
    let imageLimits: ImageLimits
    /// The time that the client has waited.
    let total: Duration

    /// The first image.
    ///
    /// - Throws: why nothing could be found in it.
    func first() throws(ServiceError) -> FoundImage { try images[0].get() }

    /// The first photo with its detections drawn, as a file.
    func picture(of found: FoundImage, isPNG: Bool) throws(ServiceError) -> [UInt8] {
        guard let photo else { throw .internalFailure }
        do throws(ImageError) {
            return try AnnotatedPhoto(limits: imageLimits, labels: model.labels).picture(photo, found, isPNG: isPNG)
        } catch { throw .image(error) }
    }
}
