/// A checkpoint that cannot be written or read.
public enum CheckpointError: Error, Sendable, Hashable {
    /// The file cannot be read.
    case unreadable(path: String)
    /// The file cannot be written.
    case unwritable(path: String)
    /// The file has more bytes than the limit.
    case tooLarge(path: String, limit: Int)
    /// The file is not a checkpoint, and why.
    case malformed(path: String, reason: String)
    /// The run's settings are not those of a run of this version, and why.
    case foreignSettings(path: String, reason: String)
}

extension CheckpointError: CustomStringConvertible {
    /// One sentence for a person.
    public var description: String {
        switch self {
        case .unreadable(let path): "\(path) cannot be read"
        case .unwritable(let path): "\(path) cannot be written"
        case .tooLarge(let path, let limit): "\(path) has more than \(limit) bytes"
        case .malformed(let path, let reason): "\(path) is not a checkpoint: \(reason)"
        case .foreignSettings(let path, let reason):
            "\(path) \(reason); go on with the version of multibox that began the run, or name another folder"
        }
    }
}
