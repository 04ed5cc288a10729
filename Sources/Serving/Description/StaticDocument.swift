import HTTP

/// A document that is the same for everybody until the service changes: it is compressed once.
struct StaticDocument: Sendable {
    /// zlib's best: it is done once.
    private static let level: Int32 = 9

    private let plain: Response
    private let compressed: Response?

    init(contentType: String, headers: HeaderFields = [:], _ bytes: [UInt8]) {
        let plain = Response(contentType: contentType, headers: headers, body: bytes)
        self.plain = plain
        compressed = Gzip.compress(bytes, level: Self.level).map { body in
            var response = plain
            response.headers[AnswerField.contentEncoding.rawValue] = ContentCoding.gzip.rawValue
            response.body = body
            return response
        }
    }

    /// The answer to who asks for it.
    func response(acceptsGzip: Bool) -> Response { acceptsGzip ? compressed ?? plain : plain }
}
