import HTTP
import Serving
import TestSupport
import Testing

/// What was found out by the head holds until the answer.
@Suite struct AcceptedRequestTests {
    private static let headers: HeaderFields = [
        "X-API-Key": "key-of-camera", "X-Forwarded-For": "198.51.100.1", "X-Request-Id": "seven",
    ]

    private func service() throws -> Service {
        let service = try Service { $0.trustedProxies = TrustedProxies("192.0.2.0/24") ?? TrustedProxies() }
        service.service.requireKeys(try APIKeys(parsing: Array("camera:key-of-camera\n".utf8)))
        return service
    }

    private func accepted(_ service: Service, _ request: Request) throws -> any Acceptance {
        guard case .accept(_, let acceptance?) = service.service.decide(request.head, remoteAddress: "192.0.2.7") else {
            throw NotAccepted()
        }
        return acceptance
    }

    private struct NotAccepted: Error {}

    @Test func theKeyThatLetARequestInIsTheOneThatIsLogged() async throws {
        let service = try service()
        let request = try Request(.post, "/detect", headers: Self.headers, body: try ColorPhoto().png)
        let acceptance = try accepted(service, request)
        // While the content arrives, other keys come into force.
        service.service.requireKeys(try APIKeys(parsing: Array("door:key-of-door\n".utf8)))
        let response = await withCheckedContinuation { continuation in
            _ = service.service.handle(request, as: acceptance) { continuation.resume(returning: $0) }
        }
        #expect(response.status == .ok)
        let record = try #require(service.log.records.last)
        #expect(record.key == "camera" && record.remoteAddress == "198.51.100.1" && record.requestID == "seven")
        #expect(record.bytesIn == request.body.count)
    }

    @Test func aRefusalOnTheWayKnowsKeyClientAndRoute() throws {
        let service = try service()
        let request = try Request(.post, "/detect", headers: Self.headers, body: [1, 2, 3])
        let outline = RequestOutline(
            head: request.head, acceptance: try accepted(service, request), remoteAddress: "192.0.2.7", contentBytes: 2)
        #expect(service.service.clientAddress(of: outline) == "198.51.100.1")
        #expect(DetectionService.routeLabel(of: outline) == "/detect")
        let response = service.service.refusal(.bodyTimeout(seconds: 30), outline)
        #expect(response.headers["X-Request-Id"] == "seven")
        let record = try #require(service.log.records.last)
        #expect(record.key == "camera" && record.remoteAddress == "198.51.100.1" && record.route == "/detect")
        #expect(record.status == 408 && record.bytesIn == 2 && record.method == "POST")
    }

    @Test func aModelThatGoesWhileContentArrivesIsNoticed() async throws {
        let service = try Service()
        let request = try Request(.post, "/detect", body: try ColorPhoto().png)
        let acceptance = try accepted(service, request)
        service.service.beginDrain()
        #expect(await service.service.finishDrain(timeout: .zero))
        let response = await withCheckedContinuation { continuation in
            _ = service.service.handle(request, as: acceptance) { continuation.resume(returning: $0) }
        }
        #expect(response.status == .serviceUnavailable && response.problem == "draining")
    }
}
