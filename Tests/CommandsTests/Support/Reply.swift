import Foundation
import Testing

/// An HTTP response as it came over the wire.
struct Reply: Sendable {
    var status: Int
    /// Names in lower case.
    var headers: [String: String]
    var body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }

    /// The body as a JSON object, as another implementation reads it.
    var object: [String: Any] {
        get throws {
            try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any], "\(text.prefix(200))")
        }
    }

    var detections: [Found] {
        get throws { try Found.list(try object["detections"]) }
    }

    /// The last part of a problem's type, if this is a whole problem.
    var problem: String? {
        guard headers["content-type"] == "application/problem+json", let object = try? object,
            object["status"] as? Int == status, object["request_id"] as? String == headers["x-request-id"],
            object["title"] is String, object["detail"] is String, let type = object["type"] as? String
        else { return nil }
        return type.split(separator: ":").last.map(String.init)
    }
}
