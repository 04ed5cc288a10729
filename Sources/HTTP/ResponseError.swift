/// Why what a server answered is no response that can be used.
public enum ResponseError: Error, Equatable, Sendable {
    /// The first line is not `HTTP/1.x SP 3DIGIT SP …`: it is no HTTP, or another version of it.
    case malformedStatusLine
    /// The status line is longer than `limit` bytes.
    case statusLineTooLong(limit: Int)
    /// More than `limit` interim responses (1xx) came.
    case tooManyInterimResponses(limit: Int)
    /// A field, a length or a chunk that breaks a rule which requests have too, or is beyond a limit.
    case malformed(RequestError)
    /// The connection ended within the response.
    case truncated
}

extension ResponseError: CustomStringConvertible {
    /// One sentence for a person, without a full stop.
    public var description: String {
        switch self {
        case .malformedStatusLine: "it is no answer in HTTP/1.1"
        case .statusLineTooLong(let limit): "its status line is longer than \(limit) bytes"
        case .tooManyInterimResponses(let limit): "it has more than \(limit) interim responses"
        case .malformed(.bodyTooLarge(let limit)): "its content is larger than \(limit) bytes"
        case .malformed(let error): "it is malformed: \(error)"
        case .truncated: "it ends too early"
        }
    }
}
