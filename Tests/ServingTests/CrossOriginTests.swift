import HTTP
import Serving
import TestSupport
import Testing

/// Pages of other origins: the Fetch standard's CORS.
@Suite struct CrossOriginTests {
    private static let page = "https://app.example"
    private static let fields = [
        "Access-Control-Allow-Origin", "Access-Control-Expose-Headers", "Access-Control-Allow-Methods",
        "Access-Control-Allow-Headers", "Access-Control-Max-Age", "Access-Control-Allow-Credentials",
    ]

    private static func service(_ origins: String, isLoaded: Bool = true) throws -> Service {
        let allowed = try #require(AllowedOrigins(origins))
        return try Service(isLoaded: isLoaded) { $0.allowedOrigins = allowed }
    }

    @Test func noPageMayUnlessItIsSaid() async throws {
        let service = try Service()
        for method in [Method.post, .options] {
            let response = try await service.ask(
                method, headers: ["Origin": Self.page, "Access-Control-Request-Method": "POST"],
                body: method == .post ? try ColorPhoto().png : [])
            #expect(Self.fields.allSatisfy { !response.headers.contains($0) })
            #expect(response.headers.contains("Vary", token: "Origin") == false)
        }
    }

    @Test func aPageThatMayReadsAnswersAndProblems() async throws {
        let service = try Self.service("http://localhost:3000, https://app.example")
        let photo = try ColorPhoto().png
        for (path, body, status) in [("/detect", photo, 200), ("/detect", [1], 415), ("/detect?x=1", photo, 400)] {
            let response = try await service.ask(.post, path, headers: ["Origin": Self.page], body: body)
            #expect(response.status.code == status)
            #expect(response.headers["Access-Control-Allow-Origin"] == Self.page)
            #expect(response.headers["Access-Control-Expose-Headers"] == "X-Request-Id, Server-Timing, Retry-After")
            #expect(response.headers.contains("Vary", token: "Origin"))
            #expect(!response.headers.contains("Access-Control-Allow-Credentials"))
        }
        for path in ["/livez", "/openapi.json", "/docs", "/metrics", "/nothing"] {
            let response = try await service.ask(.get, path, headers: ["Origin": "http://localhost:3000"])
            #expect(response.headers["Access-Control-Allow-Origin"] == "http://localhost:3000")
        }
        let early = service.service.refusal(
            .bodyTooLarge(limit: 1),
            RequestOutline(head: try RequestHead(.post, "/detect", headers: ["Origin": Self.page]), remoteAddress: nil))
        #expect(early.headers["Access-Control-Allow-Origin"] == Self.page)
    }

    @Test(arguments: [
        nil, "https://other.example", "http://app.example", "https://app.example:8443",
        "https://app.example.evil.example",
        "https://APP.example", "null", "https://app.example, https://app.example", "*", "",
    ])
    func anotherPageMayNot(origin: String?) async throws {
        let service = try Self.service(Self.page)
        var headers: HeaderFields = ["Access-Control-Request-Method": "POST"]
        headers["Origin"] = origin
        for (method, path) in [(Method.get, "/livez"), (.options, "/detect")] {
            let response = try await service.ask(method, path, headers: headers)
            #expect(Self.fields.allSatisfy { !response.headers.contains($0) })
            // A cache must not give this answer to the page that may.
            #expect(response.headers.contains("Vary", token: "Origin"))
        }
    }

    @Test func everyPageMayWhereThatIsSaid() async throws {
        let service = try Self.service("*")
        for origin in [Self.page, "null", nil] {
            var headers = HeaderFields()
            headers["Origin"] = origin
            let response = try await service.ask(.get, "/livez", headers: headers)
            #expect(response.headers["Access-Control-Allow-Origin"] == "*")
            #expect(!response.headers.contains("Access-Control-Allow-Credentials"))
            #expect(!response.headers.contains("Vary", token: "Origin"), "the answer is the same for all")
        }
    }

    /// Browsers show no key with the question, and it is answered as soon as there is a head.
    @Test func thePreflightNeedsNoKeyAndTheRequestDoes() async throws {
        let service = try Self.service(Self.page)
        service.service.requireKeys(try APIKeys(parsing: Array("first-key-1234".utf8)))
        let question: HeaderFields = [
            "Origin": Self.page, "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type,x-api-key",
        ]
        guard case .answer(let answer) = service.service.decide(try RequestHead(.options, "/detect", headers: question))
        else {
            Issue.record("the question is not answered from its head")
            return
        }
        #expect(answer.status == .noContent && answer.body.isEmpty)
        #expect(answer.headers["Access-Control-Allow-Origin"] == Self.page)
        #expect(answer.headers["Access-Control-Allow-Methods"] == "POST, OPTIONS")
        for field in ["Authorization", "X-API-Key", "Content-Type", "Content-Encoding", "X-Request-Id", "traceparent"] {
            #expect(answer.headers.contains("Access-Control-Allow-Headers", token: field))
        }
        #expect(answer.headers["Access-Control-Max-Age"] == "7200")
        #expect(service.log.records.map(\.status) == [204])

        let photo = try ColorPhoto().png
        let unknown = try await service.ask(headers: ["Origin": Self.page], body: photo)
        #expect(unknown.status == .unauthorized && unknown.headers["Access-Control-Allow-Origin"] == Self.page)
        let known = try await service.ask(
            headers: ["Origin": Self.page, "X-API-Key": "first-key-1234"], body: photo)
        #expect(known.status == .ok && known.headers["Access-Control-Allow-Origin"] == Self.page)
        // The question of a page that may not is a request as any other.
        let other = try await service.ask(
            .options, headers: ["Origin": "https://other.example", "Access-Control-Request-Method": "POST"])
        #expect(other.status == .unauthorized)
        // So is one about a path that is not there, which the page may read.
        let nowhere = try await service.ask(.options, "/nowhere", headers: question)
        #expect(nowhere.status == .unauthorized && nowhere.headers["Access-Control-Allow-Origin"] == Self.page)
    }

    @Test func theDescriptionKnowsItsFields() async throws {
        let service = try Self.service(Self.page)
        let api = try await DescribedAPI(service)
        let question: HeaderFields = ["Origin": Self.page, "Access-Control-Request-Method": "POST"]
        for operation in api.operations {
            let parts = operation.split(separator: " ").map(String.init)
            let response = try await service.ask(
                try #require(Method(parts[0])), parts[1], headers: question,
                body: operation == "POST /detect" ? try ColorPhoto().png : [])
            #expect(response.headers["Access-Control-Allow-Origin"] == Self.page)
            _ = api.expect(response, of: operation)
        }
        #expect(api.parameter("Origin", of: "POST /detect") != nil)
        let plain = try await DescribedAPI(try Service())
        #expect(plain.parameter("Origin", of: "POST /detect") == nil)
    }

    @Test(arguments: [
        ("https://a.example", "https://a.example"), ("HTTPS://A.Example:443", "https://a.example"),
        ("http://a.example:80,http://a.example:8080", "http://a.example,http://a.example:8080"),
        ("http://[::1]:3000", "http://[::1]:3000"), ("capacitor://localhost", "capacitor://localhost"),
        ("*", "*"), ("none", "none"), (" http://a.example , http://b.example", "http://a.example,http://b.example"),
    ])
    func originsAreReadAsBrowsersWriteThem(text: String, written: String) throws {
        let origins = try #require(AllowedOrigins(text))
        #expect(origins.description == written)
        #expect(AllowedOrigins(written) == origins)
    }

    @Test(arguments: [
        "", "a.example", "https://", "https://a.example/", "https://a.example/page", "https://a.example:0",
        "https://a.example:65536", "https://a.example:", "https://a.example?x", "https://user@a.example", "null",
        "*,https://a.example", "https://*.example", "https://a.example,", "https://a b.example", "://a",
        "1s://a.example",
        "http://[::1", "http://a:b:1", "https://ä.example",
    ])
    func whatIsNoOriginIsRefused(text: String) { #expect(AllowedOrigins(text) == nil) }
}
