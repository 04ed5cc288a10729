/// A request without its content: what is known when the header section is complete.
public struct RequestHead: Sendable, Equatable {
    /// The method.
    public let method: Method
    /// The target, split and decoded.
    public let target: RequestTarget
    /// The version; decides the framing and keep-alive rules.
    public let version: HTTPVersion
    /// The header fields. Octets that are not UTF-8 were replaced by U+FFFD.
    public let headers: HeaderFields
    /// How the content is delimited.
    public let framing: BodyFraming
    /// Whether the client waits for `100 Continue` before it sends the content.
    public let expectsContinue: Bool
    /// Whether the client lets the connection persist after this request (RFC 9112, section 9.3).
    public let keepsAlive: Bool

    /// The decoded path, which starts with `/` (or is `*`).
    public var path: String { target.path }
    /// The decoded query items.
    public var query: QueryItems { target.query }

    init(
        method: Method, target: RequestTarget, version: HTTPVersion, headers: HeaderFields, framing: BodyFraming,
        expectsContinue: Bool, keepsAlive: Bool
    ) {
        self.method = method
        self.target = target
        self.version = version
        self.headers = headers
        self.framing = framing
        self.expectsContinue = expectsContinue
        self.keepsAlive = keepsAlive
    }

    /// A head made by hand, for callers that have no connection (tests, warm-up): HTTP/1.1, persistent, with content of
    /// `contentLength` bytes.
    ///
    /// - Throws: `RequestError` where `target` is not a request target.
    public init(
        _ method: Method, _ target: String, headers: HeaderFields = HeaderFields(), contentLength: Int = 0
    ) throws(RequestError) {
        let bytes = Array(target.utf8)
        let parsed = try bytes.withUnsafeBufferPointer { (buffer) throws(RequestError) in
            try RequestTarget(parsing: UnsafeRawBufferPointer(buffer), method: method)
        }
        self.init(
            method: method, target: parsed, version: .http11, headers: headers,
            framing: contentLength > 0 ? .length(contentLength) : .none, expectsContinue: false, keepsAlive: true)
    }
}
