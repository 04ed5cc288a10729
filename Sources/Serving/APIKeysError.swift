/// Why a file of API keys cannot be used.
public enum APIKeysError: Error, Hashable, Sendable {
    /// There is no key in it: nobody could be served.
    case none
    /// A line is no key: 8 to 512 visible ASCII characters, without spaces.
    case invalidKey(line: Int)
    /// What stands before the colon of a line is no name.
    case invalidName(line: Int)
    /// Two lines have the same name.
    case duplicateName(line: Int, first: Int)
    /// Two lines hold the same key, and one has a name.
    case duplicateKey(line: Int, first: Int)
    /// There are more keys than `limit`.
    case tooMany(limit: Int)
    /// There are more names than `limit`.
    case tooManyNames(limit: Int)
}

extension APIKeysError: CustomStringConvertible {
    /// One sentence for the operator. It repeats no key.
    public var description: String {
        switch self {
        case .none: "there is no API key in it"
        case .invalidKey(let line):
            "line \(line) is no API key: 8 to 512 visible ASCII characters without spaces are expected"
        case .invalidName(let line):
            "line \(line) has no name before its colon: 1 to 64 letters, digits, hyphens, dots and underscores but \"other\" "
                + "are expected (a key that holds a colon is written with a colon in front)"
        case .duplicateName(let line, let first): "line \(line) has the name of line \(first)"
        case .duplicateKey(let line, let first): "line \(line) has the key of line \(first)"
        case .tooMany(let limit): "there are more than \(limit) API keys in it"
        case .tooManyNames(let limit): "there are more than \(limit) names in it"
        }
    }
}
