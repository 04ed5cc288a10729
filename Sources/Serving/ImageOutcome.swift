/// What became of an image: the `outcome` label of metrics.
enum ImageOutcome: String, Sendable, CaseIterable {
    /// It went through the engine.
    case detected
    /// Its bytes are of no format that is decoded, or not even base64.
    case notAnImage = "not_an_image"
    /// It is broken.
    case undecodable
    /// It has too many pixels.
    case tooLarge = "too_large"
    /// It waited too long.
    case expired
    /// Its client went away before its batch.
    case cancelled
    /// It failed inside the service.
    case failed

    /// The outcome of an image that failed.
    init(_ error: ServiceError) {
        switch error {
        case .image(let error):
            switch error {
            case .notAnImage, .foreign: self = .notAnImage
            case .tooManyPixels, .dimensionTooLarge, .tooMuchMemory, .tooManyScans, .tooManyScanSamples,
                .tooManySegments, .tooManyRowBytes, .tooManyPrefixCodes:
                self = .tooLarge
            case .truncated, .corrupt, .unsupported, .flawed: self = .undecodable
            case .encodingFailed: self = .failed
            }
        case .formWithoutImage, .malformedBase64, .missingImage: self = .notAnImage
        case .deadlineExceeded: self = .expired
        case .clientClosedRequest: self = .cancelled
        default: self = .failed
        }
    }
}
