import HTTP
import Serving
import TestSupport
import Testing

/// Identifiers and traces of requests.
@Suite struct RequestIdentityTests {
    @Test(arguments: ["a", "7f3c-11", "req_1.2:3/4+5=6@host", String(repeating: "x", count: 128)])
    func aValidIdentifierIsEchoed(id: String) async throws {
        let service = try Service()
        let response = try await service.ask(headers: ["X-Request-Id": id], body: try ColorPhoto().png)
        #expect(response.headers["X-Request-Id"] == id)
        #expect(try response.object["id"] as? String == id)
        #expect(service.log.records.map(\.requestID) == [id])
    }

    @Test(arguments: [
        "", "has space", "quote\"", "newline\n", "größe", "a,b", "{}", String(repeating: "x", count: 129),
    ])
    func anotherIsReplaced(id: String) async throws {
        let response = try await Service().ask(.get, "/nowhere", headers: ["X-Request-Id": id])
        let own = try #require(response.headers["X-Request-Id"])
        #expect(own != id)
        #expect(own.utf8.count == 32)
        #expect(own.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) })
        #expect(try response.object["request_id"] as? String == own)
    }

    @Test func aConnectionThatIsTurnedAwayHasAnIdentifierToo() throws {
        let service = try Service(isLoaded: false)
        var refusals = 0
        let answers = try ["one", "two"].map { id in
            let head = try RequestHead(.post, "/detect", headers: ["X-Request-Id": id])
            let decision = service.service.decideBeyondLimits(head, remoteAddress: "192.0.2.1") { refusals += 1 }
            guard case .answer(let answer) = decision else { return Response(status: .ok) }
            return answer
        }
        #expect(refusals == 2)
        for answer in answers {
            #expect(answer.status == .serviceUnavailable && answer.problem == "too-many-connections")
            #expect(try answer.object["request_id"] as? String == answer.headers["X-Request-Id"])
        }
        #expect(answers.map { $0.headers["X-Request-Id"] } == ["one", "two"])
        #expect(service.log.records.map(\.status) == [503, 503])
    }

    @Test func aRequestThatNoRouteSawKeepsWhatIsKnownOfIt() throws {
        let service = try Service { $0.trustedProxies = TrustedProxies("192.0.2.0/24") ?? TrustedProxies() }
        let head = try RequestHead(
            .post, "/detect", headers: ["X-Request-Id": "seven", "X-Forwarded-For": "198.51.100.1"], contentLength: 9)
        let request = RequestOutline(head: head, remoteAddress: "192.0.2.7", contentBytes: 4)
        let response = service.service.refusal(.bodyTimeout(seconds: 30), request)
        #expect(response.headers["X-Request-Id"] == "seven" && response.problem == "request-timeout")
        _ = service.service.refusal(
            .missingHost, RequestOutline(method: .get, path: "/model", remoteAddress: "192.0.2.8"))
        _ = service.service.refusal(.malformedRequestLine, RequestOutline(path: "/elsewhere", remoteAddress: nil))
        let records = service.log.records
        #expect(records.map(\.requestID).first == "seven")
        #expect(records.map(\.method) == ["POST", "GET", nil])
        #expect(records.map(\.route) == ["/detect", "/model", "other"])
        #expect(records.map(\.remoteAddress) == ["198.51.100.1", "192.0.2.8", nil])
        #expect(records.map(\.bytesIn) == [4, 0, 0])
    }

    @Test func aFailedRequestIsLoggedWithItsProblem() async throws {
        let service = try Service()
        _ = try await service.ask(body: Array("text".utf8))
        _ = try await service.ask(.post, "/detect?colour=red", body: try ColorPhoto().png)
        _ = try await service.ask(Method("BREW") ?? .get, "/detect")
        _ = service.service.refusal(.missingHost)
        _ = try await service.ask(body: try ColorPhoto().png)
        let records = service.log.records
        #expect(
            records.map(\.problem)
                == ["not-an-image", "unknown-option", "method-not-implemented", "malformed-request", nil])
        #expect(records[1].reason?.contains("colour") == true)
        #expect(records[3].reason == RequestError.missingHost.description)
        #expect(records.last?.reason == nil)
        // A method is one of HTTP's, of whatever length the client's is.
        #expect(records[2].method == "other")
        let loading = try Service(isLoaded: false)
        for path in ["/readyz", "/healthz"] { _ = try await loading.ask(.get, path) }
        #expect(loading.log.records.map(\.problem) == ["loading", "service-unavailable"])
        #expect(loading.log.records.allSatisfy { $0.isProbe } && records.allSatisfy { !$0.isProbe })
    }

    @Test func twoIdentifiersAreNone() {
        #expect(RequestIdentifier.choose(sent: ["a", "b"]).utf8.count == 32)
        #expect(RequestIdentifier.choose(sent: []) != RequestIdentifier.choose(sent: []))
    }

    private static let trace = "0af7651916cd43dd8448eb211c80319c"

    @Test(arguments: [
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-comes",
    ])
    func aValidTraceIsContinued(field: String) async throws {
        let service = try Service()
        let response = try await service.ask(.get, "/livez", headers: ["traceparent": field])
        let answer = try #require(response.headers["traceparent"]).split(separator: "-").map(String.init)
        #expect(answer.count == 4)
        #expect(answer[0] == "00" && answer[1] == Self.trace && answer[3] == "01")
        #expect(answer[2].utf8.count == 16 && answer[2] != "b7ad6b7169203331")
        let record = try #require(service.log.records.first)
        #expect(record.traceID == Self.trace)
        #expect(record.spanID == answer[2])
    }

    @Test(arguments: [
        "", "00", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        "00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333g-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1",
        " 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    ])
    func anInvalidTraceIsNotContinued(field: String) {
        #expect(TraceContext(sent: [field]) == nil)
    }

    @Test func twoTracesAreNone() {
        let field = "00-\(Self.trace)-b7ad6b7169203331-01"
        #expect(TraceContext(sent: [field, field]) == nil)
        #expect(TraceContext(sent: []) == nil)
    }

    @Test func theLogSaysWhatHappened() async throws {
        let service = try Service()
        let photo = try ColorPhoto().png
        let response = try await service.ask(body: photo)
        let record = try #require(service.log.records.first)
        #expect(record.method == "POST" && record.route == "/detect" && record.status == 200)
        #expect(record.bytesIn == photo.count && record.bytesOut == response.body.count)
        #expect(record.images == 1)
        #expect(record.remoteAddress == "192.0.2.7")
        #expect(record.parentSpanID == nil)
        let stages = try #require(record.stages)
        #expect(stages.decode > .zero && stages.inference > .zero && stages.queue > .zero)
        #expect(record.duration >= stages.decode + stages.inference)
    }

    @Test func withoutATraceOneBegins() async throws {
        let service = try Service()
        for _ in 0..<2 { #expect(try await service.ask(.get, "/nowhere").headers["traceparent"] == nil) }
        let invalid = try await service.ask(.get, "/nowhere", headers: ["traceparent": "00", "tracestate": "a=1"])
        #expect(invalid.headers["traceparent"] == nil && invalid.headers["tracestate"] == nil)
        let records = service.log.records
        #expect(Set(records.map(\.traceID)).count == 3 && Set(records.map(\.spanID)).count == 3)
        for record in records {
            #expect(record.traceID.utf8.count == 32 && record.spanID.utf8.count == 16 && record.parentSpanID == nil)
            #expect(record.traceID.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) })
        }
        #expect(try invalid.object["trace_id"] as? String == records[2].traceID)
    }

    @Test func aProblemNamesTheTraceThatItContinues() async throws {
        let service = try Service()
        let field = "00-\(Self.trace)-b7ad6b7169203331-01"
        let response = try await service.ask(
            headers: ["traceparent": field, "tracestate": "rojo=00f067aa0ba902b7"], body: [1])
        #expect(response.problem == "not-an-image")
        #expect(try response.object["trace_id"] as? String == Self.trace)
        #expect(response.headers["tracestate"] == "rojo=00f067aa0ba902b7")
        let record = try #require(service.log.records.first)
        #expect(record.traceID == Self.trace && record.parentSpanID == "b7ad6b7169203331")
    }

    @Test(
        arguments: [
            (["rojo=1"], "rojo=1"), (["rojo=1,congo=t61r c"], "rojo=1,congo=t61r c"), (["a=1", "b=2"], "a=1,b=2"),
            (["a=1, , b=2"], "a=1, , b=2"), (["0tenant@system=x"], "0tenant@system=x"),
            ([(0..<32).map { "k\($0)=v" }.joined(separator: ",")], (0..<32).map { "k\($0)=v" }.joined(separator: ",")),
            ([], nil), ([""], nil), (["a"], nil), (["a="], nil), (["=1"], nil), (["A=1"], nil), (["a=1,a=2"], nil),
            (["a=b=c"], nil), (["a=\u{7F}"], nil), (["a@1=x"], nil), (["0a=1"], nil), (["a@b@c=1"], nil),
            ([(0..<33).map { "k\($0)=v" }.joined(separator: ",")], nil),
            (["a=" + String(repeating: "x", count: 511)], nil),
        ] as [([String], String?)])
    func theStateOfATraceIsHandedOnIfItIsWellFormed(lines: [String], handedOn: String?) {
        let trace = TraceContext(sent: ["00-\(Self.trace)-b7ad6b7169203331-01"], state: lines)
        #expect(trace != nil && trace?.state == handedOn)
    }
}
