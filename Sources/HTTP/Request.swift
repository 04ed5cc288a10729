/// A complete request.
public struct Request: Sendable, Equatable {
    /// Everything but the content.
    public let head: RequestHead
    /// The content, chunked coding removed; content codings (`Content-Encoding`) are left as they are.
    public var body: [UInt8]
    /// The peer's address without port, as the transport prints it; `nil` where there is none (a Unix socket).
    public var remoteAddress: String?

    /// The method.
    public var method: Method { head.method }
    /// The target, split and decoded.
    public var target: RequestTarget { head.target }
    /// The version.
    public var version: HTTPVersion { head.version }
    /// The header fields.
    public var headers: HeaderFields { head.headers }
    /// The decoded path.
    public var path: String { head.target.path }
    /// The path as it was sent.
    public var rawPath: String { head.target.rawPath }
    /// The decoded query items.
    public var query: QueryItems { head.target.query }
    /// The media type of the content; `nil` where it is absent or malformed.
    public var contentType: MediaType? { headers["Content-Type"].flatMap { MediaType($0) } }

    /// A request of these parts.
    public init(head: RequestHead, body: [UInt8], remoteAddress: String? = nil) {
        self.head = head
        self.body = body
        self.remoteAddress = remoteAddress
    }

    /// A request made by hand, for callers that have no connection (tests, warm-up).
    ///
    /// - Throws: `RequestError` where `target` is not a request target.
    public init(
        _ method: Method, _ target: String, headers: HeaderFields = HeaderFields(), body: [UInt8] = [],
        remoteAddress: String? = nil
    ) throws(RequestError) {
        self.init(
            head: try RequestHead(method, target, headers: headers, contentLength: body.count), body: body,
            remoteAddress: remoteAddress)
    }
}
