import HTTP
import JSON

/// A failure as it is told to a client (RFC 9457).
package struct Problem: Sendable, Equatable {
    /// The media type of a problem's response.
    static let mediaType = "application/problem+json"

    /// What it is, with what all problems of its type have in common.
    let type: ProblemType
    /// The status.
    package let status: StatusCode
    /// What is the matter with this request.
    package let detail: String
    /// The fields that belong to the status.
    package let headers: HeaderFields

    /// A problem of a type.
    ///
    /// - Parameter status: one of the type's; nil for its usual one.
    init(_ type: ProblemType, _ detail: String, headers: HeaderFields = HeaderFields(), status: StatusCode? = nil) {
        self.type = type
        self.status = status ?? type.statuses[0]
        self.detail = detail
        self.headers = headers
    }

    /// The last part of its type, which programs can rely on.
    package var name: String { type.rawValue }

    /// Writes the problem as an object, with the identifiers of request and trace where it stands alone.
    func write(to json: inout JSONWriter, requestID: String? = nil, traceID: String? = nil) {
        json.object { json in
            json.member("type", type.urn)
            json.member("title", type.title)
            json.member("status", status.code)
            json.member("detail", detail)
            if let requestID { json.member("request_id", requestID) }
            if let traceID { json.member("trace_id", traceID) }
        }
    }

    /// The problem as the answer to a request, which has an identifier, or to a connection, which has none.
    package func response(requestID: String?, traceID: String? = nil) -> Response {
        var json = JSONWriter()
        write(to: &json, requestID: requestID, traceID: traceID)
        return Response(status: status, contentType: Self.mediaType, headers: headers, body: json.finish())
    }
}
