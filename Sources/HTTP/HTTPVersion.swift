/// The protocol version of a request. Later minor versions of HTTP/1 are read as HTTP/1.1 (RFC 9110, section 2.5).
public enum HTTPVersion: String, Hashable, Sendable {
    /// HTTP/1.0.
    case http10 = "HTTP/1.0"
    /// HTTP/1.1.
    case http11 = "HTTP/1.1"
}
