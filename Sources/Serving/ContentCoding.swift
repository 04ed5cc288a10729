import HTTP

/// How the content of a request is encoded.
enum ContentCoding: String, Sendable {
    case identity
    case gzip
    /// The zlib format (RFC 9110, section 8.4.1.2).
    case deflate

    /// What is accepted, as a field value.
    static let accepted = "gzip, deflate, identity"

    /// The coding that a request's head names; `x-gzip` is `gzip` (RFC 9110, section 8.4.1.3).
    ///
    /// - Throws: `ServiceError.unsupportedContentCoding` for any other, and for more than one.
    init(_ head: RequestHead) throws(ServiceError) {
        self = .identity
        for element in (head.headers["Content-Encoding"] ?? "").split(separator: ",") {
            let name = element.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed()
            switch String(name).lowercased() {
            case "identity", "": continue
            case "gzip", "x-gzip":
                guard self == .identity else { throw .unsupportedContentCoding }
                self = .gzip
            case "deflate":
                guard self == .identity else { throw .unsupportedContentCoding }
                self = .deflate
            default: throw .unsupportedContentCoding
            }
        }
    }
}
