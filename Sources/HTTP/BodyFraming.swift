/// How the content of a request is delimited (RFC 9112, section 6.3).
public enum BodyFraming: Sendable, Equatable {
    /// No content.
    case none
    /// `Content-Length`, in bytes, more than zero.
    case length(Int)
    /// `Transfer-Encoding: chunked`.
    case chunked
}
