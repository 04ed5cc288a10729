import HTTP

/// Whether and how answers are compressed.
enum ResponseCompression {
    /// Below this many bytes an answer fits a packet or two as it is.
    static let minimumBytes = 1024
    /// zlib's level: the fastest already takes three quarters off JSON and metrics.
    private static let level: Int32 = 1

    /// Whether an answer is worth compressing for who asked: text, for a client that likes gzip no less than none.
    static func applies(to response: Response, _ context: RequestContext) -> Bool {
        context.acceptsGzip && response.body.count >= minimumBytes && isText(response.headers["Content-Type"])
    }

    /// An answer as it is sent. Takes as long as its size: not for an event loop.
    static func apply(to response: Response, _ context: RequestContext) -> Response {
        guard applies(to: response, context), let body = Gzip.compress(response.body, level: level) else {
            return response
        }
        var response = response
        response.headers["Content-Encoding"] = "gzip"
        response.body = body
        return response
    }

    private static func isText(_ type: String?) -> Bool {
        guard let type = type.flatMap({ MediaType($0) })?.essence else { return false }
        return type.hasPrefix("text/") || type.hasSuffix("json") || type == "application/openmetrics-text"
    }
}
