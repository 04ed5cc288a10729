import Platform

/// A checkpoint, or another file of a run's folder, that cannot be written or read.
public enum CheckpointError: Error, Sendable, Hashable {
    /// The file cannot be read or written.
    case file(FileError)
    /// The file is not a checkpoint, and why.
    case malformed(path: String, reason: String)
    /// The run's settings are not those of a run of this version, and why.
    case foreignSettings(path: String, reason: String)
}

extension CheckpointError: CustomStringConvertible {
    /// One sentence for a person.
    public var description: String {
        switch self {
        case .file(let error): "\(error)"
        case .malformed(let path, let reason): "\(path) is not a checkpoint: \(reason)"
        case .foreignSettings(let path, let reason):
            "\(path) \(reason); go on with the version of multibox that began the run, or name another folder"
        }
    }
}
