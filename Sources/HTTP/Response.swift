/// A response with its whole content. Framing fields (`Content-Length`, `Transfer-Encoding`, `Connection`) are the encoder's
/// and need not be set.
public struct Response: Sendable, Equatable {
    /// The final status, 200 or more.
    public var status: StatusCode
    /// The fields, in the order they are written.
    public var headers: HeaderFields
    /// The content. It is not written in answer to `HEAD`, though its length is.
    public var body: [UInt8]

    /// A response of these parts.
    public init(status: StatusCode, headers: HeaderFields = HeaderFields(), body: [UInt8] = []) {
        precondition(status.code >= 200, "interim responses are written by the connection")
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// A response with `Content-Type` set.
    public init(
        status: StatusCode = .ok, contentType: String, headers: HeaderFields = HeaderFields(), body: [UInt8]
    ) {
        self.init(status: status, headers: headers, body: body)
        self.headers["Content-Type"] = contentType
    }

    /// A response of plain text, UTF-8.
    public init(status: StatusCode = .ok, text: String) {
        self.init(status: status, contentType: "text/plain; charset=utf-8", body: Array(text.utf8))
    }
}
