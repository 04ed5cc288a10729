/// Why a request is refused before it reaches a handler.
public enum RequestError: Error, Sendable, Equatable {
    /// A line ends in LF without CR, or holds CR elsewhere (400).
    case invalidLineTerminator
    /// The request line is not `method SP target SP version` (400).
    case malformedRequestLine
    /// More empty lines before a request than are let through (400).
    case tooManyEmptyLines(limit: Int)
    /// The target is not one that a server answers (400).
    case invalidTarget
    /// The path or query holds a broken escape, an encoded NUL or text that is not UTF-8 (400).
    case invalidPercentEncoding
    /// The request line is too long (414).
    case requestLineTooLong(limit: Int)
    /// Another major version of HTTP (505).
    case unsupportedVersion
    /// The connection preface of HTTP/2 with prior knowledge (505).
    case http2Preface
    /// `CONNECT`: this server is no proxy (501).
    case connectNotSupported
    /// The header or trailer section is too large (431).
    case headerSectionTooLarge(limit: Int)
    /// Too many header or trailer fields (431).
    case tooManyFields(limit: Int)
    /// A field line without a name that is a token and a colon right behind it (400).
    case invalidFieldName
    /// A field value with a control character (400).
    case invalidFieldValue(name: String)
    /// A field continued on a line that starts with white space (400).
    case obsoleteLineFolding
    /// HTTP/1.1 without `Host` (400).
    case missingHost
    /// More than one `Host` (400).
    case duplicateHost
    /// A `Host` that is no host and port (400).
    case invalidHost
    /// A `Content-Length` that is not one row of digits (400).
    case invalidContentLength
    /// More than one `Content-Length` (400).
    case duplicateContentLength
    /// `Content-Length` beside `Transfer-Encoding` (400).
    case contentLengthWithTransferEncoding
    /// `Transfer-Encoding` in HTTP/1.0 (400).
    case transferEncodingInHTTP10
    /// A `Transfer-Encoding` that is malformed or does not end in one `chunked` (400).
    case invalidTransferEncoding
    /// A transfer coding other than `chunked` (501).
    case unsupportedTransferCoding(name: String)
    /// An expectation other than `100-continue` (417).
    case unsupportedExpectation
    /// A chunk that is not size, data and line ends (400).
    case invalidChunk
    /// A chunk-size line that is too long (400).
    case chunkLineTooLong(limit: Int)
    /// Too many bytes of chunk extensions (400).
    case chunkExtensionsTooLong(limit: Int)
    /// The content is too large (413).
    case bodyTooLarge(limit: Int)
    /// All connections together hold as many bytes as they may (503).
    case memoryFull(limit: Int)
    /// The request's head took too long (408).
    case headerTimeout(seconds: Int)
    /// The request's content came too slowly (408).
    case bodyTimeout(seconds: Int)
    /// The handler let go of the request without an answer (500).
    case unanswered
}

extension RequestError: CustomStringConvertible {
    /// The status of the answer.
    public var status: StatusCode {
        switch self {
        case .requestLineTooLong: .uriTooLong
        case .unsupportedVersion, .http2Preface: .httpVersionNotSupported
        case .connectNotSupported, .unsupportedTransferCoding: .notImplemented
        case .headerSectionTooLarge, .tooManyFields: .requestHeaderFieldsTooLarge
        case .unsupportedExpectation: .expectationFailed
        case .bodyTooLarge: .contentTooLarge
        case .memoryFull: .serviceUnavailable
        case .headerTimeout, .bodyTimeout: .requestTimeout
        case .unanswered: .internalServerError
        case .invalidLineTerminator, .malformedRequestLine, .tooManyEmptyLines, .invalidTarget, .invalidPercentEncoding,
            .invalidFieldName, .invalidFieldValue, .obsoleteLineFolding, .missingHost, .duplicateHost, .invalidHost,
            .invalidContentLength, .duplicateContentLength, .contentLengthWithTransferEncoding,
            .transferEncodingInHTTP10, .invalidTransferEncoding, .invalidChunk, .chunkLineTooLong,
            .chunkExtensionsTooLong:
            .badRequest
        }
    }

    /// One sentence for the client. It repeats nothing of the request but field and coding names, which are tokens.
    public var description: String {
        switch self {
        case .invalidLineTerminator: "A line does not end in CR LF, or holds a bare CR."
        case .malformedRequestLine: "The request line is not a method, a target and an HTTP version."
        case .tooManyEmptyLines(let limit): "There are more than \(limit) empty lines before the request line."
        case .invalidTarget: "The request target is not valid."
        case .invalidPercentEncoding:
            "The path or the query holds an invalid percent-escape, a NUL or text that is not UTF-8."
        case .requestLineTooLong(let limit): "The request line is longer than \(limit) bytes."
        case .unsupportedVersion: "This server speaks HTTP/1.1 and HTTP/1.0."
        case .http2Preface: "This server speaks HTTP/1.1 and HTTP/1.0, not HTTP/2."
        case .connectNotSupported: "This server is not a proxy: CONNECT is not supported."
        case .headerSectionTooLarge(let limit): "The header fields are larger than \(limit) bytes."
        case .tooManyFields(let limit): "There are more than \(limit) header fields."
        case .invalidFieldName: "A header field does not start with a valid name and a colon."
        case .invalidFieldValue(let name): "The header field \(name) holds a control character."
        case .obsoleteLineFolding: "A header field is folded over several lines."
        case .missingHost: "The Host header field is missing."
        case .duplicateHost: "There is more than one Host header field."
        case .invalidHost: "The Host header field is not a host and an optional port."
        case .invalidContentLength: "The Content-Length header field is not one decimal number."
        case .duplicateContentLength: "There is more than one Content-Length header field."
        case .contentLengthWithTransferEncoding: "The request has both Content-Length and Transfer-Encoding."
        case .transferEncodingInHTTP10: "HTTP/1.0 has no Transfer-Encoding."
        case .invalidTransferEncoding: "The Transfer-Encoding header field is not valid: chunked must be last, once."
        case .unsupportedTransferCoding(let name): "The transfer coding \(name) is not supported; chunked is."
        case .unsupportedExpectation: "The only expectation this server meets is 100-continue."
        case .invalidChunk: "The chunked content is malformed."
        case .chunkLineTooLong(let limit): "A chunk-size line is longer than \(limit) bytes."
        case .chunkExtensionsTooLong(let limit): "The chunk extensions are longer than \(limit) bytes in all."
        case .bodyTooLarge(let limit): "The content is larger than \(limit) bytes."
        case .memoryFull(let limit):
            "All connections together hold \(limit) bytes, as many as they may; try again soon."
        case .headerTimeout(let seconds): "The request line and header fields took longer than \(seconds) s."
        case .bodyTimeout(let seconds): "The content took longer than \(seconds) s and came too slowly."
        case .unanswered: "The request failed inside the service."
        }
    }
}
