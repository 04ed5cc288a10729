import Foundation
import HTTP
import Serving
import TestSupport
import Testing

/// The routes beside detection, and what no route takes.
@Suite struct ProbeTests {
    @Test(arguments: ["/livez", "/readyz", "/healthz", "/metrics", "/model", "/models"])
    func answerGetAndHead(path: String) async throws {
        let service = try Service()
        for method in [Method.get, .head] {
            let response = try await service.ask(method, path)
            #expect(response.status == .ok)
            #expect(response.headers["Cache-Control"] == "no-store")
            #expect(response.headers["X-Request-Id"] != nil)
            #expect(!response.body.isEmpty)
            let name = method.name
            #expect(
                try await service.metric(
                    "multibox_http_requests_total{route=\"\(path)\",method=\"\(name)\",code=\"200\"}") == 1)
        }
    }

    @Test(arguments: [("/livez", "GET, HEAD, OPTIONS"), ("/detect", "POST, OPTIONS")])
    func tellTheirMethods(path: String, allow: String) async throws {
        let service = try Service()
        let options = try await service.ask(.options, path)
        #expect(options.status == .noContent)
        #expect(options.headers["Allow"] == allow)
        let refused = try await service.ask(.delete, path)
        #expect(refused.status == .methodNotAllowed)
        #expect(refused.headers["Allow"] == allow)
        #expect(refused.problem == "method-not-allowed")
        guard case .answer(let early) = service.service.decide(try RequestHead(.put, path, contentLength: 5)) else {
            Issue.record("the content would be read")
            return
        }
        #expect(early.status == .methodNotAllowed)
        #expect(
            try await service.metric(
                "multibox_http_requests_total{route=\"\(path)\",method=\"other\",code=\"405\"}") == 2)
    }

    @Test(arguments: ["/docs/", "/detect/", "/Detect", "/detect%2F", "/metrics/../livez", "/v1"])
    func otherPathsAreNotFound(path: String) async throws {
        let service = try Service()
        let response = try await service.ask(.get, path)
        #expect(response.status == .notFound)
        #expect(response.problem == "not-found")
        #expect(try response.object["request_id"] as? String == response.headers["X-Request-Id"])
        guard case .answer = service.service.decide(try RequestHead(.post, path, contentLength: 5)) else {
            Issue.record("the content would be read")
            return
        }
    }

    /// Clients of other services are told in their form what is not served.
    @Test(arguments: [
        ("/v2/models/tiny/stats", ["error"]), ("/v1/vision/face/recognize", ["success", "error", "code"]),
    ])
    func otherPathsOfProtocolsAreNotFound(path: String, members: [String]) async throws {
        let response = try await Service().ask(.get, path)
        #expect(response.status == .notFound)
        #expect(Set(try response.object.keys) == Set(members))
    }

    @Test func anEscapedPathIsTheSameRoute() async throws {
        let service = try Service()
        #expect(try await service.ask(.get, "/%6Civez").status == .ok)
        #expect(service.log.records.map(\.route) == ["/livez"])
    }

    @Test func unknownMethodsAreNotImplemented() async throws {
        let method = try #require(Method("BREW"))
        let response = try await Service().ask(method, "/detect")
        #expect(response.status == .notImplemented)
        #expect(response.problem == "method-not-implemented")
    }

    @Test func theWholeServerHasOptions() async throws {
        let response = try await Service().ask(.options, "*")
        #expect(response.status == .noContent)
        #expect(response.headers["Allow"] == "POST, GET, HEAD, OPTIONS")
    }

    @Test func contentsOfProbesAreBounded() throws {
        #expect(try Service().bodyLimit(RequestHead(.get, "/livez", contentLength: 1 << 30)) == 64 << 10)
    }

    @Test func theHealthReportSaysWhatIsServed() async throws {
        let service = try Service { $0.maximumQueuedImages = 7 }
        let object = try await service.ask(.get, "/healthz").object
        #expect(object["status"] as? String == "ready")
        #expect(object["version"] as? String == "1.2.3")
        #expect(object["model"] as? [String: String] == ["name": "tiny", "version": "01234567"])
        #expect(try #require(object["uptime_seconds"] as? Double) >= 0)
        #expect(object["queue"] as? [String: Int] == ["images": 0, "maximum_images": 7, "bytes": 0])
    }

    @Test func theModelCardNamesTheClasses() async throws {
        let object = try await Service().ask(.get, "/model").object
        #expect(object["name"] as? String == "tiny")
        #expect(object["version"] as? String == "01234567")
        #expect(object["architecture"] as? String == "tiny")
        #expect(object["precision"] as? String == "fp32")
        let labels = try #require(object["labels"] as? [Any])
        #expect(labels.map { $0 as? String } == Service.classes)
        let input = try #require(object["input"] as? [String: Any])
        #expect(input["width"] as? Int == 32 && input["height"] as? Int == 32)
        let defaults = try #require(object["defaults"] as? [String: Double])
        #expect(defaults == ["threshold": 0.5, "iou_threshold": 0.45, "max_detections": 100])
        #expect(object["score_threshold"] as? Double == 0.01)
        let provenance = try #require(object["provenance"] as? [[String: String]])
        #expect(provenance == [["name": "licence", "value": "none \\ any"]])
    }

    @Test(arguments: [Method.get, .head], ["/livez", "/readyz", "/healthz"])
    func probesAreAnsweredFromTheirHeads(method: Method, path: String) async throws {
        let service = try Service()
        guard case .answer(let early) = service.service.decide(try RequestHead(method, path)) else {
            Issue.record("\(path) waits for content that does not come")
            return
        }
        let late = try await service.ask(method, path)
        #expect(early.status == .ok && late.status == .ok)
        #expect(early.headers["Content-Type"] == late.headers["Content-Type"])
        #expect(early.headers["X-Request-Id"] != late.headers["X-Request-Id"])
        let series = "multibox_http_requests_total{route=\"\(path)\",method=\"\(method)\",code=\"200\"}"
        #expect(try await service.metric(series) == 2)
        #expect(service.log.records.map(\.route).prefix(2) == [path, path])
        // Content is read, though nobody needs it: to answer before it would end the connection.
        #expect(service.bodyLimit(try RequestHead(method, path, contentLength: 5)) == 64 << 10)
    }

    @Test func aProbeThatIsNotReadySaysSoFromItsHead() throws {
        let service = try Service(isLoaded: false)
        guard case .answer(let response) = service.service.decide(try RequestHead(.get, "/readyz")) else {
            Issue.record("/readyz waits for content that does not come")
            return
        }
        #expect(response.status == .serviceUnavailable && response.problem == "loading")
    }

    @Test(arguments: [
        (RequestError.invalidHost, 400, "malformed-request"), (.requestLineTooLong(limit: 8), 414, "uri-too-long"),
        (.headerTimeout(seconds: 10), 408, "request-timeout"), (.bodyTooLarge(limit: 8), 413, "body-too-large"),
        (.tooManyFields(limit: 8), 431, "header-fields-too-large"),
        (.unsupportedExpectation, 417, "expectation-failed"),
        (.unsupportedTransferCoding(name: "br"), 501, "transfer-coding-not-implemented"),
        (.connectNotSupported, 501, "method-not-implemented"), (.memoryFull(limit: 8), 503, "memory-full"),
        (.unsupportedVersion, 505, "http-version-not-supported"), (.unanswered, 500, "internal"),
    ])
    func refusalsOfTheParserAreProblemsToo(error: RequestError, status: Int, problem: String) async throws {
        let service = try Service()
        let response = service.service.refusal(error)
        #expect(response.status.code == status)
        #expect(response.problem == problem)
        #expect(try response.object["detail"] as? String == error.description)
        #expect(
            try await service.metric(
                "multibox_http_requests_total{route=\"other\",method=\"other\",code=\"\(status)\"}") == 1)
        #expect(service.log.records.first?.status == status)
    }
}
