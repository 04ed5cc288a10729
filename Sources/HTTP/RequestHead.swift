/// A request without its content: what is known when the header section is complete.
///
/// Immutable, and held by reference: a head is handed on from parser to connection to server to handler, and to copy its
/// strings each time would cost more than to parse them.
public struct RequestHead: Sendable, Equatable {
    private final class Storage: Sendable {
        let method: Method
        let target: RequestTarget
        let version: HTTPVersion
        let headers: HeaderFields
        let framing: BodyFraming
        let expectsContinue: Bool
        let keepsAlive: Bool

        init(
            _ method: Method, _ target: RequestTarget, _ version: HTTPVersion, _ headers: HeaderFields,
            _ framing: BodyFraming, _ expectsContinue: Bool, _ keepsAlive: Bool
        ) {
            self.method = method
            self.target = target
            self.version = version
            self.headers = headers
            self.framing = framing
            self.expectsContinue = expectsContinue
            self.keepsAlive = keepsAlive
        }
    }

    private let storage: Storage

    /// The method.
    public var method: Method { storage.method }
    /// The target, split and decoded.
    public var target: RequestTarget { storage.target }
    /// The version; decides the framing and keep-alive rules.
    public var version: HTTPVersion { storage.version }
    /// The header fields. Octets that are not UTF-8 were replaced by U+FFFD.
    public var headers: HeaderFields { storage.headers }
    /// How the content is delimited.
    public var framing: BodyFraming { storage.framing }
    /// Whether the client waits for `100 Continue` before it sends the content.
    public var expectsContinue: Bool { storage.expectsContinue }
    /// Whether the client lets the connection persist after this request (RFC 9112, section 9.3).
    public var keepsAlive: Bool { storage.keepsAlive }

    /// The decoded path, which starts with `/` (or is `*`).
    public var path: String { storage.target.path }
    /// The decoded query items.
    public var query: QueryItems { storage.target.query }
    /// The host and port asked for: those of an absolute target, else `Host` (RFC 9112, section 3.2.2); `nil` where an HTTP/1.0
    /// request names none.
    public var host: String? { storage.target.authority ?? storage.headers.first("Host") }

    init(
        method: Method, target: RequestTarget, version: HTTPVersion, headers: HeaderFields, framing: BodyFraming,
        expectsContinue: Bool, keepsAlive: Bool
    ) {
        storage = Storage(method, target, version, headers, framing, expectsContinue, keepsAlive)
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

    /// Whether both heads say the same.
    public static func == (a: RequestHead, b: RequestHead) -> Bool {
        let (a, b) = (a.storage, b.storage)
        return a === b
            || (a.method == b.method && a.target == b.target && a.version == b.version && a.headers == b.headers
                && a.framing == b.framing && a.expectsContinue == b.expectsContinue && a.keepsAlive == b.keepsAlive)
    }
}
