import Datasets
import Networks

/// Why training cannot begin or go on.
public enum TrainerError: Error, Sendable {
    /// The dataset's labels are not the detector's.
    case labels
    /// The dataset has fewer photos than one batch.
    case tooFewPhotos(photos: Int, batchSize: Int)
    /// The photos of a batch are not shared out evenly among its parts.
    case unevenParts(batchSize: Int, parts: Int)
    /// No photo shows an object: there is nothing to learn.
    case noObjects(photos: Int)
    /// The detector's default boxes cannot be used.
    case defaultBoxes(String)
    /// The network cannot be trained, and why.
    case network(String)
    /// A photo or its annotation cannot be used.
    case dataset(DatasetError)
    /// An object that no targets can be made of.
    case targets(photo: String, MultiBoxTargetError)
    /// The loss or its gradient is no longer a number: the learning rate is too high, most often.
    case diverged(step: Int)
    /// A checkpoint of another network or optimizer.
    case checkpointMismatch(String)
}

extension TrainerError: CustomStringConvertible {
    /// One sentence for a person.
    public var description: String {
        switch self {
        case .labels: "the dataset's classes are not those of the detector"
        case .tooFewPhotos(let photos, let batchSize):
            "the dataset has \(photos) photos, fewer than the batch size of \(batchSize)"
        case .unevenParts(let batchSize, let parts):
            "a batch of \(batchSize) photos cannot be computed in \(parts) equal parts"
        case .noObjects(let photos): "none of the \(photos) photos to train on shows an object"
        case .defaultBoxes(let reason): "the default boxes cannot be used: \(reason)"
        case .network(let reason): "the network cannot be trained: \(reason)"
        case .dataset(let error): "\(error)"
        case .targets(let photo, let error): "\(photo): \(error)"
        case .diverged(let step):
            "the loss is no longer a number at step \(step)"
        case .checkpointMismatch(let reason): "the checkpoint does not fit: \(reason)"
        }
    }
}
