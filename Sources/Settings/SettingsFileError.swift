/// Why a file of settings cannot be read. Lines are counted from 1.
public enum SettingsFileError: Error, Equatable, Sendable {
    /// The file has more bytes than the limit.
    case tooLarge(limit: Int)
    /// A line is not UTF-8 text.
    case notUTF8(line: Int)
    /// A line is something else than `name: value`.
    case structure(line: Int)
    /// A line is not YAML.
    case malformed(line: Int, reason: String)
    /// A line has the name of an earlier one.
    case duplicate(String, line: Int)
}

extension SettingsFileError: CustomStringConvertible {
    /// What is wrong, to follow the file's name.
    public var description: String {
        switch self {
        case .tooLarge(let limit): "the file is larger than the limit of \(limit) bytes"
        case .notUTF8(let line): "line \(line) is not UTF-8 text"
        case .structure(let line): "line \(line): a line of YAML is expected, name: value"
        case .malformed(let line, let reason): "line \(line) is not YAML: \(reason)"
        case .duplicate(let name, let line): "line \(line): \(name) is there twice"
        }
    }
}
