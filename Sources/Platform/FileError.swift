/// A file that cannot be read or written. Files are named as they were asked for; reasons are the system's.
public enum FileError: Error, Sendable, Hashable {
    /// The file cannot be opened or read.
    case unreadable(path: String, reason: String)
    /// The file has more bytes than the limit.
    case tooLarge(path: String, limit: Int)
    /// The file cannot be made or written.
    case unwritable(path: String, reason: String)
    /// There is a file already, and it was not to be replaced.
    case exists(path: String)
}

extension FileError: CustomStringConvertible {
    /// One sentence for a person.
    public var description: String {
        switch self {
        case .unreadable(let path, let reason): "cannot read \(path): \(reason)"
        case .tooLarge(let path, let limit): "\(path) is larger than \(limit) bytes"
        case .unwritable(let path, let reason): "cannot write \(path): \(reason)"
        case .exists(let path): "\(path) is there already"
        }
    }
}
