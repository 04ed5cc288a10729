/// The header fields of requests that make a difference, beside those that OpenAPI describes elsewhere (`Accept`,
/// `Content-Type`, keys).
enum RequestField: String, Sendable, CaseIterable {
    case requestID = "X-Request-Id"
    case trace = "traceparent"
    case traceState = "tracestate"
    case acceptEncoding = "Accept-Encoding"
    case contentEncoding = "Content-Encoding"
    case inferenceHeaderLength = "Inference-Header-Content-Length"
    case ifNoneMatch = "If-None-Match"
    case origin = "Origin"
    case requestedMethod = "Access-Control-Request-Method"

    /// What it says.
    var text: String {
        switch self {
        case .requestID: "An identifier for the request, which answer and log repeat."
        case .trace: "The trace that the request belongs to (W3C Trace Context), which answer and log continue."
        case .traceState:
            "What tracing systems say of that trace: at most 512 bytes, which the answer repeats. It goes with `traceparent`."
        case .acceptEncoding: "With `gzip`, text of a kilobyte or more is compressed."
        case .contentEncoding: "`gzip` or `deflate` where the content is compressed."
        case .inferenceHeaderLength:
            "How many bytes of the content are JSON; those of tensors follow. All, unless it is said."
        case .ifNoneMatch: "The ETag of what the client has."
        case .origin: "The origin of the page that asks: browsers say it."
        case .requestedMethod: "The method that a page would use: browsers ask for it."
        }
    }

    var schema: Schema { self == .contentEncoding ? .word([ContentCoding.gzip, .deflate].map(\.rawValue)) : .text() }

    /// Whether an operation looks at it.
    func isTaken(by operation: APIDescription.Operation) -> Bool {
        switch self {
        case .requestID, .trace, .traceState: true
        case .acceptEncoding: operation.answers.contains { $0.own?.isCompressible == true }
        case .contentEncoding: operation.content != nil
        case .inferenceHeaderLength: operation.route == .infer && operation.content != nil
        case .ifNoneMatch: operation.answers.contains { $0.fields.contains(.entityTag) }
        case .origin: operation.answers.contains { $0.optionalFields.contains(.allowedOrigin) }
        case .requestedMethod: operation.answers.contains { $0.optionalFields.contains(.allowedMethods) }
        }
    }
}
