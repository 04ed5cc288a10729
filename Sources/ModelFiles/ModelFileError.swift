import MultiBox
import Networks

/// Why a model file cannot be used: what was found, and where.
public enum ModelFileError: Error, Equatable, Sendable {
    /// The file cannot be opened or read; `reason` is the system's.
    case unreadable(path: String, reason: String)
    /// The file is larger than `limit` bytes.
    case tooLarge(path: String, limit: Int)
    /// The file has `size` bytes, and reading it would take more memory than the `limit` bytes that it may.
    case beyondMemory(path: String, size: Int, limit: Int)
    /// The file is another one than the digest says.
    case otherDigest(path: String, found: String, expected: String)
    /// The content is of no format that is read here.
    case unknownFormat(path: String)
    /// The content breaks its format's rules at byte `offset` of the file.
    case malformed(format: String, reason: String, offset: Int)
    /// There is more of something in the file than is accepted.
    case tooMany(what: String, found: Int, limit: Int)
    /// Operator `index` is of a kind that has no counterpart here.
    case unsupportedOperator(name: String, index: Int)
    /// Operator `index` is used in a way that has no counterpart here.
    case unsupportedUse(operator: String, index: Int, reason: String)
    /// The network as a whole asks for something that has no counterpart here.
    case unsupportedNetwork(reason: String)
    /// The file's pickle asks for something that weights do not need and that is not done: a class, a function or an
    /// operation.
    case unsafePickle(what: String)
    /// The network reads, but nothing says how its outputs become detections.
    case unknownDetector(found: String)
    /// The file describes a network that is not possible.
    case network(NetworkError)
    /// The file's default boxes or post-processing are not possible.
    case postProcessing(MultiBoxError)
    /// A text of the model's metadata, or a place in it, says something impossible.
    case metadata(place: String, reason: String)
    /// A place in the file beside a model that describes it says something impossible.
    case sidecar(path: String, reason: String)
    /// The model's metadata are of another version than the one that is read here.
    case unsupportedFormatVersion(found: String, supported: String)
    /// The parts of a detector do not fit together.
    case inconsistent(reason: String)
    /// The file cannot be written; `reason` is the system's.
    case unwritable(path: String, reason: String)
    /// There is a file already, and it was not to be replaced.
    case exists(path: String)
    /// No model is part of the program.
    case noBuiltInModel
    /// A file of labels that cannot be used with the model.
    case labels(path: String, reason: String)
}

extension ModelFileError: CustomStringConvertible {
    /// One sentence for a person.
    public var description: String {
        switch self {
        case .unreadable(let path, let reason):
            "cannot read \(path): \(reason)"
        case .tooLarge(let path, let limit):
            "\(path) is larger than the limit of \(limit >> 20) MiB for a model file"
        case .beyondMemory(let path, let size, let limit):
            "reading the \(size) bytes of \(path) takes twice as many, more than the limit of \(limit)"
        case .otherDigest(let path, let found, let expected):
            "the SHA-256 of \(path) is \(found), not \(expected)"
        case .unknownFormat(let path):
            "\(path) is not a model that multibox reads (safetensors of multibox, ONNX, TensorFlow Lite, PyTorch)"
        case .noBuiltInModel:
            "no model is built into this program: name one with --model"
        case .malformed(let format, let reason, let offset):
            "the \(format) file is damaged: \(reason) "
                + (offset < 0 ? "(before its first byte)" : "(byte \(offset))")
        case .tooMany(let what, let found, let limit):
            "the model has \(found) \(what), more than the limit of \(limit)"
        case .unsupportedOperator(let name, let index):
            "operator \(index) of the model, \(name), is not supported"
        case .unsupportedUse(let name, let index, let reason):
            "operator \(index) of the model, \(name): \(reason)"
        case .unsupportedNetwork(let reason):
            "the model is not supported: \(reason)"
        case .unsafePickle(let what):
            "the PyTorch file holds more than weights: it asks for \(what), which is never run; "
                + "save the weights alone with torch.save(model.state_dict(), FILE)"
        case .unknownDetector(let found):
            "the file does not say how its outputs become detections, and they are no known detector's: \(found); "
                + "describe it in a file beside it, which multibox models info --sidecar begins"
        case .network(let error):
            error.description
        case .postProcessing(let error):
            "the model's post-processing is not possible: \(error)"
        case .metadata(let place, let reason):
            "the model's metadata are wrong: \(place) \(reason)"
        case .sidecar(let path, let reason):
            "\(path), which describes the model beside it, cannot be used: \(reason)"
        case .unsupportedFormatVersion(let found, let supported):
            "the model's metadata are of version \(found); this multibox reads version \(supported)"
        case .inconsistent(let reason):
            "the parts of the model do not fit together: \(reason)"
        case .unwritable(let path, let reason):
            "cannot write \(path): \(reason)"
        case .exists(let path):
            "\(path) is there already"
        case .labels(let path, let reason):
            "the labels \(path) cannot be used: \(reason)"
        }
    }
}
