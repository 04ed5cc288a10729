import HTTP
import Images
import Serving
import TestSupport
import Testing

/// Every failure has its status and tells nothing of our insides.
@Suite struct ServiceErrorTests {
    static let table: [(ServiceError, Int, String)] = [
        (.http(.malformedRequestLine), 400, "malformed-request"), (.malformedJSON(reason: "x"), 400, "malformed-json"),
        (.malformedMultipart(.invalidBoundary), 400, "malformed-multipart"),
        (.malformedMultipart(.tooManyParts(limit: 1)), 413, "malformed-multipart"),
        (.missingImage, 400, "missing-image"), (.malformedBase64, 400, "malformed-base64"),
        (.unknownOption(name: "x"), 400, "unknown-option"),
        (.invalidOption(name: "x", expected: "y"), 400, "invalid-option"),
        (.conflictingOption(name: "x"), 400, "conflicting-option"), (.notFound, 404, "not-found"),
        (.methodNotAllowed(allow: "GET"), 405, "method-not-allowed"),
        (.methodNotImplemented, 501, "method-not-implemented"), (.notAcceptable(offers: []), 406, "not-acceptable"),
        (.bodyTooLarge(limit: 1), 413, "body-too-large"), (.tooManyImages(limit: 1), 413, "too-many-images"),
        (.image(.notAnImage), 415, "not-an-image"), (.image(.foreign(.heic)), 415, "not-an-image"),
        (.formWithoutImage, 415, "not-an-image"), (.notAnObject(kind: "an array"), 400, "not-an-object"),
        (.image(.tooManyPixels(width: 1, height: 1, limit: 1)), 413, "image-too-large"),
        (.image(.tooManyScans(limit: 1)), 413, "image-too-large"),
        (.image(.truncated(.jpeg)), 422, "undecodable-image"),
        (.image(.corrupt(.png, reason: "x")), 422, "undecodable-image"),
        (.image(.unsupported("x")), 422, "undecodable-image"),
        (.image(.encodingFailed(.png, reason: "x")), 500, "internal"),
        (.unsupportedContentCoding, 415, "unsupported-content-coding"), (.queueFull, 429, "queue-full"),
        (.tooManyConnections, 503, "too-many-connections"),
        (.queueBytesFull, 429, "queue-bytes-full"), (.loading, 503, "loading"), (.draining, 503, "draining"),
        (.deadlineExceeded, 504, "deadline-exceeded"), (.clientClosedRequest, 499, "client-closed-request"),
        (.internalFailure, 500, "internal"),
    ]

    @Test(arguments: table) func becomesItsStatus(error: ServiceError, status: Int, name: String) throws {
        let response = error.problem.response(requestID: "id-1")
        #expect(response.status.code == status)
        #expect(response.problem == name)
        let object = try response.object
        #expect(Set(object.keys) == ["type", "title", "status", "detail", "request_id"])
        #expect(object["type"] as? String == "urn:multibox:problem:" + name)
        #expect(object["status"] as? Int == status)
        #expect(object["request_id"] as? String == "id-1")
        #expect(response.headers.contains("Retry-After") == (status == 429 || status == 503))
        #expect(response.headers.contains("Allow") == (status == 405))
        #expect((object["detail"] as? String)?.last == ".")
    }
}
