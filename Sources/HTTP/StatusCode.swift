/// A response status (RFC 9110, section 15).
public struct StatusCode: Hashable, Sendable, CustomStringConvertible {
    /// The number, 100…599.
    public let code: Int

    /// The status of a number; `nil` outside 100…599.
    public init?(_ code: Int) {
        guard (100...599).contains(code) else { return nil }
        self.code = code
    }

    private init(known code: Int) { self.code = code }

    /// 100.
    public static var `continue`: StatusCode { StatusCode(known: 100) }
    /// 200.
    public static var ok: StatusCode { StatusCode(known: 200) }
    /// 201.
    public static var created: StatusCode { StatusCode(known: 201) }
    /// 202.
    public static var accepted: StatusCode { StatusCode(known: 202) }
    /// 204.
    public static var noContent: StatusCode { StatusCode(known: 204) }
    /// 301.
    public static var movedPermanently: StatusCode { StatusCode(known: 301) }
    /// 302.
    public static var found: StatusCode { StatusCode(known: 302) }
    /// 304.
    public static var notModified: StatusCode { StatusCode(known: 304) }
    /// 308.
    public static var permanentRedirect: StatusCode { StatusCode(known: 308) }
    /// 400.
    public static var badRequest: StatusCode { StatusCode(known: 400) }
    /// 401.
    public static var unauthorized: StatusCode { StatusCode(known: 401) }
    /// 403.
    public static var forbidden: StatusCode { StatusCode(known: 403) }
    /// 404.
    public static var notFound: StatusCode { StatusCode(known: 404) }
    /// 405.
    public static var methodNotAllowed: StatusCode { StatusCode(known: 405) }
    /// 406.
    public static var notAcceptable: StatusCode { StatusCode(known: 406) }
    /// 408.
    public static var requestTimeout: StatusCode { StatusCode(known: 408) }
    /// 409.
    public static var conflict: StatusCode { StatusCode(known: 409) }
    /// 413.
    public static var contentTooLarge: StatusCode { StatusCode(known: 413) }
    /// 414.
    public static var uriTooLong: StatusCode { StatusCode(known: 414) }
    /// 415.
    public static var unsupportedMediaType: StatusCode { StatusCode(known: 415) }
    /// 417.
    public static var expectationFailed: StatusCode { StatusCode(known: 417) }
    /// 422.
    public static var unprocessableContent: StatusCode { StatusCode(known: 422) }
    /// 429.
    public static var tooManyRequests: StatusCode { StatusCode(known: 429) }
    /// 431.
    public static var requestHeaderFieldsTooLarge: StatusCode { StatusCode(known: 431) }
    /// 500.
    public static var internalServerError: StatusCode { StatusCode(known: 500) }
    /// 501.
    public static var notImplemented: StatusCode { StatusCode(known: 501) }
    /// 502.
    public static var badGateway: StatusCode { StatusCode(known: 502) }
    /// 503.
    public static var serviceUnavailable: StatusCode { StatusCode(known: 503) }
    /// 504.
    public static var gatewayTimeout: StatusCode { StatusCode(known: 504) }
    /// 505.
    public static var httpVersionNotSupported: StatusCode { StatusCode(known: 505) }

    /// The reason phrase of the registry; empty for a number that has none here.
    public var reason: String {
        switch code {
        case 100: "Continue"
        case 101: "Switching Protocols"
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 206: "Partial Content"
        case 301: "Moved Permanently"
        case 302: "Found"
        case 303: "See Other"
        case 304: "Not Modified"
        case 307: "Temporary Redirect"
        case 308: "Permanent Redirect"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 406: "Not Acceptable"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 410: "Gone"
        case 411: "Length Required"
        case 412: "Precondition Failed"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 416: "Range Not Satisfiable"
        case 417: "Expectation Failed"
        case 421: "Misdirected Request"
        case 422: "Unprocessable Content"
        case 426: "Upgrade Required"
        case 428: "Precondition Required"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        default: ""
        }
    }

    /// Whether a response of this status carries content (RFC 9110, section 6.4.1): not 1xx, 204 and 304.
    public var allowsContent: Bool { code >= 200 && code != 204 && code != 304 }

    /// `404 Not Found`.
    public var description: String { reason.isEmpty ? "\(code)" : "\(code) \(reason)" }
}
