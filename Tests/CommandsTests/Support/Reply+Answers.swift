import Foundation
import TestSupport
import Testing

/// What the service answers.
extension Reply {
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

/// Expects the objects of a photo, each with a score near the highest that its colour can have, best first.
func expect(
    _ found: [Found], are objects: [Found], score: ClosedRange<Double> = 0.9...1,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(found.allSatisfy { score.contains($0.score) }, sourceLocation: sourceLocation)
    #expect(found.map(\.score) == found.map(\.score).sorted(by: >), sourceLocation: sourceLocation)
    func plain(_ list: [Found]) -> [Found] {
        list.map { Found(label: $0.label, id: $0.id, score: 0, box: $0.box) }
            .sorted { ($0.box[1], $0.box[0]) < ($1.box[1], $1.box[0]) }
    }
    #expect(plain(found) == plain(objects), sourceLocation: sourceLocation)
}
