/// Why a `multipart/form-data` body is refused; all are 400 but for the limits, which are 413.
public enum MultipartError: Error, Sendable, Equatable {
    /// The media type is not `multipart/form-data` with a boundary of 1…70 allowed characters.
    case invalidBoundary
    /// The first boundary line is not there.
    case missingFirstBoundary
    /// The closing boundary line is not there: the body is cut short.
    case missingLastBoundary
    /// A boundary is followed by something else than a line end or `--`.
    case invalidBoundaryLine
    /// A part's header section is malformed or has no end.
    case invalidHeader(part: Int)
    /// A part has no `Content-Disposition: form-data` with a name, or a malformed one.
    case invalidDisposition(part: Int)
    /// A part is in a transfer encoding, which form data does not use (RFC 7578, section 4.7).
    case unsupportedTransferEncoding(part: Int)
    /// A part's `Content-Type` is malformed.
    case invalidContentType(part: Int)
    /// A part's header section is larger than this many bytes.
    case headerTooLarge(part: Int, limit: Int)
    /// There are more parts than this.
    case tooManyParts(limit: Int)
}

extension MultipartError: CustomStringConvertible {
    /// The status of the answer.
    public var status: StatusCode {
        switch self {
        case .headerTooLarge, .tooManyParts: .contentTooLarge
        case .invalidBoundary, .missingFirstBoundary, .missingLastBoundary, .invalidBoundaryLine, .invalidHeader,
            .invalidDisposition, .unsupportedTransferEncoding, .invalidContentType:
            .badRequest
        }
    }

    /// One sentence for the client; parts are counted from 1.
    public var description: String {
        switch self {
        case .invalidBoundary: "The Content-Type is not multipart/form-data with a valid boundary."
        case .missingFirstBoundary: "The multipart body holds no boundary line."
        case .missingLastBoundary: "The multipart body ends before its closing boundary line."
        case .invalidBoundaryLine: "A multipart boundary is not followed by a line end."
        case .invalidHeader(let part): "The header fields of part \(part + 1) are malformed."
        case .invalidDisposition(let part): "Part \(part + 1) has no Content-Disposition: form-data with a name."
        case .unsupportedTransferEncoding(let part): "Part \(part + 1) has a Content-Transfer-Encoding; send binary."
        case .invalidContentType(let part): "The Content-Type of part \(part + 1) is malformed."
        case .headerTooLarge(let part, let limit): "The header fields of part \(part + 1) exceed \(limit) bytes."
        case .tooManyParts(let limit): "The multipart body has more than \(limit) parts."
        }
    }
}
