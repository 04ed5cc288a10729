import HTTP
import Serving
import TestSupport
import Testing

/// Keys, rates and proxies, as a client meets them.
@Suite struct AccessTests {
    private static let file = "# ours\nfirst-key-1234\n\n  second-key-5678 \r\n"

    private func service(_ configure: (inout ServiceOptions) -> Void = { _ in }) throws -> Service {
        let service = try Service(configure)
        service.service.requireKeys(try APIKeys(parsing: Array(Self.file.utf8)))
        return service
    }

    /// The refusal of a request; nil if it is let in.
    private func refusal(
        _ service: Service, _ path: String = "/model", _ headers: HeaderFields = [:],
        from address: String? = "192.0.2.7"
    ) throws -> Response? {
        let head = try RequestHead(path == "/detect" ? .post : .get, path, headers: headers)
        guard case .answer(let response) = service.service.decide(head, remoteAddress: address),
            response.status != .ok
        else { return nil }
        return response
    }

    // MARK: Keys

    @Test(
        arguments: [
            ["Authorization": "Bearer first-key-1234"], ["authorization": "bearer  second-key-5678"],
            ["X-API-Key": "second-key-5678"], ["Authorization": "Basic YTpi", "X-API-Key": "first-key-1234"],
        ] as [HeaderFields])
    func aKeyLetsIn(headers: HeaderFields) throws {
        let service = try service()
        for path in ["/model", "/detect"] { #expect(try refusal(service, path, headers) == nil) }
    }

    @Test(
        arguments: [
            ([:], false), (["Authorization": "Basic YTpi"], false), (["Authorization": "first-key-1234"], false),
            (["Authorization": "Bearer"], false), (["Authorization": "Bearer first-key-123"], true),
            (["Authorization": "Bearer first-key-1234 "], true), (["Authorization": "Bearer FIRST-KEY-1234"], true),
            (["X-API-Key": ""], true), (["X-API-Key": "first-key-12345"], true), (["X-API-Key": "# ours"], true),
            (["X-API-Key": "first-key-1234,second-key-5678"], true),
        ] as [(HeaderFields, Bool)])
    func anythingElseDoesNot(headers: HeaderFields, isWrong: Bool) async throws {
        let service = try service()
        for path in ["/model", "/detect", "/nothing"] {
            let response = try #require(try refusal(service, path, headers))
            #expect(response.status == .unauthorized)
            #expect(response.problem == "unauthorized")
            #expect(
                response.headers["WWW-Authenticate"]
                    == #"Bearer realm="multibox""# + (isWrong ? #", error="invalid_token""# : ""))
        }
        let series = "multibox_http_requests_total{route=\"/detect\",method=\"POST\",code=\"401\"}"
        #expect(try await service.metric(series) == 1)
    }

    @Test(arguments: ["/livez", "/readyz", "/healthz", "/metrics"]) func probesStayOpen(path: String) throws {
        let service = try service { $0.rateLimit = RateLimit(count: 1, period: .seconds(3600)) }
        for _ in 0..<5 { #expect(try refusal(service, path) == nil) }
    }

    @Test func otherKeysReplaceThem() throws {
        let service = try service()
        service.service.requireKeys(try APIKeys(parsing: Array("third-key-9999".utf8)))
        #expect(try refusal(service, "/model", ["X-API-Key": "first-key-1234"])?.status == .unauthorized)
        #expect(try refusal(service, "/model", ["X-API-Key": "third-key-9999"]) == nil)
    }

    @Test(
        arguments: [
            ("", .none), ("# only\n\n", .none), ("good-key-1\nbad key here\n", .invalidKey(line: 2)),
            ("short", .invalidKey(line: 1)), ("\u{1}aaaaaaaaaaa", .invalidKey(line: 1)),
            ("schlüssel-1", .invalidKey(line: 1)),
            (String(repeating: "x", count: 513), .invalidKey(line: 1)),
            (String(repeating: "same-key-1\n", count: 4097), .tooMany(limit: 4096)),
            ("a:good-key-1\nb:good-key-1", .duplicateKey(line: 2, first: 1)),
            ("good-key-1\n\nb:good-key-1", .duplicateKey(line: 3, first: 1)),
            ("a:good-key-1\na:good-key-2", .duplicateName(line: 2, first: 1)),
            ("a b:good-key-1", .invalidName(line: 1)), ("käse:good-key-1", .invalidName(line: 1)),
            ("other:good-key-1", .invalidName(line: 1)), ("a+b:good-key-1", .invalidName(line: 1)),
            (String(repeating: "n", count: 65) + ":good-key-1", .invalidName(line: 1)),
            ("good-key-1:short", .invalidKey(line: 1)), ("a: good-key-1", .invalidKey(line: 1)),
            (":short", .invalidKey(line: 1)),
            ((0...256).map { "name-\($0):good-key-\($0)\n" }.joined(), .tooManyNames(limit: 256)),
        ] as [(String, APIKeysError)])
    func aFileOfOtherThingsIsRefused(file: String, error: APIKeysError) {
        #expect(throws: error) { try APIKeys(parsing: Array(file.utf8)) }
        #expect(!error.description.contains("key here") && !error.description.contains("good-key"))
    }

    @Test func keysHaveNames() async throws {
        let service = try Service()
        func use(_ file: String, _ key: String) async throws -> (record: AccessRecord?, isIn: Bool) {
            service.service.requireKeys(try APIKeys(parsing: Array(file.utf8)))
            let headers: HeaderFields = ["X-API-Key": key]
            let answer = try await service.ask(headers: headers, body: try ColorPhoto().png)
            return (service.log.records.last, answer.status != .unauthorized)
        }
        let file = "plain-key-1\n camera_1.front:key-of-camera \nops:key:with:colons\n:colon:in:key\n"
        #expect(try APIKeys(parsing: Array(file.utf8)).names == ["camera_1.front", "ops"])
        for (key, name) in [
            ("plain-key-1", nil), ("key-of-camera", "camera_1.front"), ("key:with:colons", "ops"),
            ("colon:in:key", nil),
        ] as [(String, String?)] {
            let (record, isIn) = try await use(file, key)
            #expect(isIn && record?.status == 200 && record?.key == name, "\(key)")
        }
        // Neither a name nor what stands in the file.
        for key in ["camera_1.front", "camera_1.front:key-of-camera", "ops:key:with:colons", ":colon:in:key"] {
            let (record, isIn) = try await use(file, key)
            #expect(!isIn && record?.status == 401 && record?.key == nil, "\(key)")
        }
        func count(_ name: String) async throws -> Double? {
            try await service.metric("multibox_key_requests_total{key=\"\(name)\"}")
        }
        #expect(try await count("camera_1.front") == 1)
        #expect(try await count("ops") == 1)
        #expect(try await count("other") == 2)
        // Other names: one that stays keeps its count.
        #expect(try await use("ops:another-key\nnew:key-of-camera\n", "key-of-camera").isIn)
        #expect(try await count("camera_1.front") == nil)
        #expect(try await count("ops") == 1)
        #expect(try await count("new") == 1)
    }

    @Test func withoutKeysTheirSeriesIsThere() async throws {
        #expect(try await Service().metric("multibox_key_requests_total{key=\"other\"}") == 0)
    }

    // MARK: Rates

    @Test func aClientThatAsksTooOftenIsToldWhenToComeBack() async throws {
        let service = try Service { $0.rateLimit = RateLimit(count: 2, period: .seconds(7200)) }
        for _ in 0..<2 { #expect(try refusal(service) == nil) }
        let response = try #require(try refusal(service))
        #expect(response.status == .tooManyRequests && response.problem == "rate-limited")
        #expect((3590...3600).contains(try #require(response.headers["Retry-After"].flatMap { Int($0) })))
        // Another address has its own rate, a Unix socket's peers share one.
        #expect(try refusal(service, from: "192.0.2.8") == nil)
        #expect(try refusal(service, from: nil) == nil)
        // Of IPv6 a client has the whole network of 64 bits.
        for last in 1...2 { #expect(try refusal(service, from: "2001:db8::\(last)") == nil) }
        #expect(try refusal(service, from: "2001:db8::3") != nil)
        #expect(try refusal(service, from: "2001:db8:0:1::3") == nil)
        #expect(try await service.metric("multibox_rejected_total{reason=\"rate_limited\"}") == 0)
        #expect(try refusal(service, "/detect") != nil)
        #expect(try await service.metric("multibox_rejected_total{reason=\"rate_limited\"}") == 1)
    }

    @Test func aKeyIsCountedWhereverItComesFrom() throws {
        let service = try service { $0.rateLimit = RateLimit(count: 2, period: .seconds(3600)) }
        let key: HeaderFields = ["X-API-Key": "first-key-1234"]
        for last in 1...2 { #expect(try refusal(service, "/model", key, from: "192.0.2.\(last)") == nil) }
        #expect(try refusal(service, "/model", key, from: "192.0.2.3")?.status == .tooManyRequests)
        #expect(try refusal(service, "/model", ["X-API-Key": "second-key-5678"]) == nil)
    }

    // MARK: Proxies

    @Test func theClientBehindAProxyIsKnown() async throws {
        let service = try Service {
            $0.trustedProxies = TrustedProxies("192.0.2.0/24") ?? TrustedProxies()
            $0.rateLimit = RateLimit(count: 1, period: .seconds(3600))
        }
        #expect(try refusal(service, "/model", ["X-Forwarded-For": "198.51.100.1"]) == nil)
        #expect(try refusal(service, "/model", ["X-Forwarded-For": "198.51.100.2"]) == nil)
        #expect(try refusal(service, "/model", ["X-Forwarded-For": "198.51.100.2"]) != nil)
        _ = try await service.ask(.get, "/livez", headers: ["X-Forwarded-For": "198.51.100.3"])
        #expect(service.log.records.map(\.remoteAddress).contains("198.51.100.3"))
    }
}
