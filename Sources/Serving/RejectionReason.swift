/// Why requests are turned away for what the service can bear: the `reason` label of metrics.
enum RejectionReason: String, Sendable, CaseIterable {
    case queueFull = "queue_full"
    case queueBytesFull = "queue_bytes_full"
    case loading
    case draining
    case deadline
    case memoryFull = "memory_full"
    case rateLimited = "rate_limited"
    case wrongKeys = "wrong_keys"
    case bodyTooLarge = "body_too_large"
    case tooManyImages = "too_many_images"
    case imageTooLarge = "image_too_large"

    /// The reason of a failure; nil for one that is not about load or limits.
    init?(_ error: ServiceError) {
        switch error {
        case .queueFull: self = .queueFull
        case .queueBytesFull: self = .queueBytesFull
        case .loading: self = .loading
        case .draining: self = .draining
        case .deadlineExceeded: self = .deadline
        case .http(.memoryFull): self = .memoryFull
        case .rateLimited: self = .rateLimited
        case .tooManyWrongKeys: self = .wrongKeys
        case .bodyTooLarge, .decompressedTooLarge, .expandsTooMuch, .http(.bodyTooLarge): self = .bodyTooLarge
        case .tooManyImages, .tooManyParts: self = .tooManyImages
        case .image where ImageOutcome(error) == .tooLarge: self = .imageTooLarge
        default: return nil
        }
    }
}
