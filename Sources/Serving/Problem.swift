import HTTP
import JSON

/// A failure as it is told to a client (RFC 9457).
package struct Problem: Sendable, Equatable {
    /// The media type of a problem's response.
    static let mediaType = "application/problem+json"

    /// The last part of its type, which programs can rely on.
    package let name: String
    /// What problems of this type have in common.
    package let title: String
    /// The status.
    package let status: StatusCode
    /// What is the matter with this request.
    package let detail: String
    /// The fields that belong to the status.
    package let headers: HeaderFields

    init(
        _ name: String, _ title: String, _ status: StatusCode, _ detail: String, headers: HeaderFields = HeaderFields()
    ) {
        self.name = name
        self.title = title
        self.status = status
        self.detail = detail
        self.headers = headers
    }

    /// A problem that is called what its status is called.
    init(_ name: String, _ status: StatusCode, _ detail: String, headers: HeaderFields = HeaderFields()) {
        self.init(name, status.reason, status, detail, headers: headers)
    }

    /// Writes the problem as an object, with the request's identifier where it stands alone.
    func write(to json: inout JSONWriter, requestID: String?) {
        json.object { json in
            json.member("type", "urn:multibox:problem:" + name)
            json.member("title", title)
            json.member("status", status.code)
            json.member("detail", detail)
            if let requestID { json.member("request_id", requestID) }
        }
    }

    /// The problem as the answer to a request, which has an identifier, or to a connection, which has none.
    package func response(requestID: String?) -> Response {
        var json = JSONWriter()
        write(to: &json, requestID: requestID)
        return Response(status: status, contentType: Self.mediaType, headers: headers, body: json.finish())
    }
}
