/// Why a file of API keys cannot be used.
public enum APIKeysError: Error, Hashable, Sendable {
    /// There is no key in it: nobody could be served.
    case none
    /// A line is no key: 8 to 512 visible ASCII characters, without spaces.
    case invalidKey(line: Int)
    /// There are more keys than `limit`.
    case tooMany(limit: Int)
}

extension APIKeysError: CustomStringConvertible {
    /// One sentence for the operator. It repeats no key.
    public var description: String {
        switch self {
        case .none: "there is no API key in it"
        case .invalidKey(let line):
            "line \(line) is no API key: 8 to 512 visible ASCII characters without spaces are expected"
        case .tooMany(let limit): "there are more than \(limit) API keys in it"
        }
    }
}
