import Foundation
import HTTP
import JSON
import Serving
import TestSupport
import Testing

/// `/openapi.json` says what the service does, all of it and nothing else.
@Suite struct OpenAPITests {
    private static let json: HeaderFields = ["Content-Type": "application/json"]
    private static let key = "first-key-1234"

    // MARK: Answers

    /// Requests that have each answer of `/detect` that depends on the request alone.
    private static func detections() throws -> [(query: String, headers: HeaderFields, body: [UInt8], told: String)] {
        let photo = try ColorPhoto(cells: [3: .red]).png
        let image = "\"" + Data(photo).base64EncodedString() + "\""
        let form: HeaderFields = ["Content-Type": Form.contentType]
        let parts = (0..<200).reduce(Form()) { form, _ in form.with("threshold", "0.5") }
        return [
            ("?threshold=0.25&coordinates=relative", [:], photo, "200 "), ("", ["Accept": "image/png"], photo, "200 "),
            ("?format=csv", [:], photo, "200 "),
            ("?tile=3x1", [:], try ColorPhoto(width: 128).png, "413 too-many-images"),
            ("?tile=1x1&covers=true&region=0,0,1,1", [:], photo, "200 "),
            ("?format=image", [:], photo, "200 "), ("", json, Array("{\"image\":\(image)}".utf8), "200 "),
            ("", json, Array("{\"images\":[\(image),\"AAAA\"]}".utf8), "200 "),
            ("", form, Form().with(file: "image", photo).with("classes", "red").body, "200 "),
            ("", json, Array("{".utf8), "400 malformed-json"), ("", json, Array("[]".utf8), "400 not-an-object"),
            ("", ["Content-Type": "multipart/form-data; boundary=x"], [1], "400 malformed-multipart"),
            ("", form, parts.body, "413 malformed-multipart"), ("", [:], [], "400 missing-image"),
            ("", json, Array("{\"image\":\"-\"}".utf8), "400 malformed-base64"),
            ("", ["Content-Encoding": "gzip"], [1, 2], "400 malformed-gzip"),
            ("?colour=red", [:], photo, "400 unknown-option"), ("?threshold=2", [:], photo, "400 invalid-option"),
            ("?threshold=0.1&threshold=0.2", [:], photo, "400 conflicting-option"),
            ("", ["Accept": "text/html"], photo, "406 not-acceptable"), ("", [:], [1], "415 not-an-image"),
            ("", ["Content-Encoding": "br"], photo, "415 unsupported-content-coding"),
            ("", [:], Array(photo.prefix(60)), "422 undecodable-image"),
            ("", json, Array("{\"images\":[\(image),\(image),\(image),\(image)]}".utf8), "413 too-many-images"),
        ]
    }

    @Test func everyAnswerIsDescribedAndEveryDescriptionIsAnswered() async throws {
        let service = try Service { $0.maximumImagesPerRequest = 3 }
        let api = try await DescribedAPI(service)
        var answered: Set<DescribedAPI.Told> = []
        func ask(
            _ operation: String, _ service: Service, query: String = "", headers: HeaderFields = [:],
            body: [UInt8] = [], told: String? = nil
        ) async throws {
            let parts = operation.split(separator: " ").map(String.init)
            let method = try #require(Method(parts[0]))
            let response = try await service.ask(
                method, Facade.path(parts[1]) + query, headers: headers, body: body)
            guard let found = api.expect(response, of: operation) else { return }
            answered.insert(found)
            if let told { #expect("\(found)" == "\(operation) \(told)", "\(response.text.prefix(300))") }
        }
        for (query, headers, body, told) in try Self.detections() {
            try await ask("POST /detect", service, query: query, headers: headers, body: body, told: told)
        }
        let photo = try ColorPhoto().png
        let small = try Service { $0.maximumBodyBytes = 10 }
        try await ask("POST /detect", small, body: photo, told: "413 body-too-large")
        let narrow = try Service { options in
            options.maximumDecompressedBytes = 100_000
            options.imageLimits.maximumPixels = 100
        }
        try await ask("POST /detect", narrow, body: photo, told: "413 image-too-large")
        let gzip: HeaderFields = ["Content-Encoding": "gzip"]
        let large = try #require(
            Gzip.compress((0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 5) }, level: 6))
        try await ask("POST /detect", narrow, headers: gzip, body: large, told: "413 decompressed-too-large")
        let zeros = try #require(Gzip.compress([UInt8](repeating: 0, count: 1 << 20), level: 9))
        try await ask("POST /detect", service, headers: gzip, body: zeros, told: "413 expands-too-much")
        try await ask(
            "POST /detect", try Service { $0.maximumQueuedBytes = 10 }, body: photo, told: "429 queue-bytes-full")
        try await ask("POST /detect", try Service { $0.deadline = .zero }, body: photo, told: "504 deadline-exceeded")
        try await askFullQueue { try await ask("POST /detect", $0, body: photo, told: "429 queue-full") }

        try await askFacades { operation, service, path, headers, body in
            let response = try await service.ask(
                .post, path ?? Facade.path(String(operation.dropFirst(5))), headers: headers, body: body)
            if let found = api.expect(response, of: operation) { answered.insert(found) }
        }
        // All operations on services in each phase, with keys and with a rate.
        let (loading, ended) = (try Service(isLoaded: false), try Service())
        _ = await ended.service.finishDrain(timeout: .seconds(1))
        let closed = try Service { $0.wrongKeys = RateLimit(count: 1, period: .seconds(60)) }
        closed.service.requireKeys(try APIKeys(parsing: Array(Self.key.utf8)))
        for operation in api.operations {
            for service in [service, loading, ended] {
                try await ask(operation, service, headers: ["X-Request-Id": "a", "Accept-Encoding": "gzip"])
            }
            if operation.hasPrefix("GET"), operation.contains("{model}") {
                let path = String(operation.dropFirst(4)).replacing("{model}", with: "other")
                let response = try await service.ask(.get, Facade.path(path))
                if let found = api.expect(response, of: operation) { answered.insert(found) }
            }
            // Who has a file of the page already.
            if api.answers(of: operation).contains(where: { $0.status == "304" }) {
                try await ask(operation, service, headers: ["If-None-Match": "*"])
            }
            let limited = try Service { $0.rateLimit = RateLimit(count: 1, period: .seconds(3600)) }
            limited.service.requireKeys(try APIKeys(parsing: Array(Self.key.utf8)))
            for key in [Self.key, Self.key] { try await ask(operation, limited, headers: ["X-API-Key": key]) }
            for _ in 0..<2 { try await ask(operation, closed, headers: ["X-API-Key": "wrong-key-9999"]) }
            let unknown = try Service()
            unknown.service.requireKeys(try APIKeys(parsing: Array(Self.key.utf8)))
            try await ask(operation, unknown)
        }
        // What is said of models, and where there are several.
        for operation in ["GET /model", "HEAD /model"] {
            try await ask(operation, service, query: "?model=other")
            try await ask(operation, service, query: "?model=tiny&model=other")
        }
        let several = try Service(isLoaded: false) { $0.servesSeveralModels = true }
        several.service.arrange(["tiny", "other"])
        for _ in 0..<2 {
            for path in ["/models", "/healthz", "/model"] { try await ask("GET \(path)", several) }
            for name in ["other", "tiny"] { several.service.load(try Service.engine(name: name)) }
        }
        answered.formUnion(try refusals(by: service, api))
        // The problems of HEAD have no content to be told by.
        let told = api.told.filter { !$0.operation.hasPrefix("HEAD") }
        #expect(told.count > 100)
        #expect(told.subtracting(answered).sorted() == [], "what nobody is answered")
        #expect(answered.filter { !$0.operation.hasPrefix("HEAD") }.subtracting(told).sorted() == [])
    }

    /// Asks for each answer of the protocols of others that depends on the request.
    private func askFacades(
        _ ask: (_ operation: String, Service, _ path: String?, HeaderFields, [UInt8]) async throws -> Void
    ) async throws {
        let (service, photo) = (try Service(), try ColorPhoto().png)
        let faces = try Service(isLoaded: false)
        faces.service.load(try Service.engine(classes: [nil, "face", "green", "blue"]))
        for operation in Facade.operations {
            let (headers, body) = Facade.request(operation, photo)
            let isFace = operation.hasSuffix("/face")
            let working = isFace ? faces : service
            try await ask(operation, working, nil, headers, body)
            if isFace { try await ask(operation, service, nil, headers, body) }
            let path = String(operation.dropFirst(5))
            if path.contains("{model}") {
                let unknown = Facade.path(path.replacing("{model}", with: "other"))
                try await ask(operation, service, unknown, headers, body)
            }
            for bad in [[], [1], Array(photo.prefix(60))] {
                let (headers, body) = Facade.request(operation, bad)
                try await ask(operation, working, nil, headers, body)
            }
            var coded = headers
            coded["Content-Encoding"] = "br"
            try await ask(operation, working, nil, coded, body)
            for configure: (inout ServiceOptions) -> Void in [
                { $0.maximumBodyBytes = 10 }, { $0.maximumQueuedBytes = 10 }, { $0.deadline = .zero },
            ] {
                let narrow = try Service(isLoaded: false, configure)
                narrow.service.load(try Service.engine(classes: [nil, "face", "green", "blue"]))
                try await ask(operation, narrow, nil, headers, body)
            }
            for phase in [try Service(isLoaded: false), try Service()] {
                if phase.service.phase == .ready { _ = await phase.service.finishDrain(timeout: .seconds(1)) }
                try await ask(operation, phase, nil, headers, body)
            }
        }
        // What DOODS' clients are told where /detect recognises them.
        let operation = "POST /detect"
        for bad in [photo, [], [1], Array(photo.prefix(60))] {
            let (headers, body) = Facade.request("POST /image", bad)
            try await ask(operation, service, "/detect", headers, body)
        }
        let (headers, body) = Facade.request("POST /image", photo)
        try await ask(operation, try Service { $0.imageLimits.maximumPixels = 100 }, "/detect", headers, body)
        // Room for what was sent and for the network's input, but not for the photo in it.
        for input in [32 * 32 * 3, 32 * 32 * 3 * 4] {
            let narrow = try Service { $0.maximumQueuedBytes = body.count + input + 10 }
            try await ask(operation, narrow, "/detect", headers, body)
        }
    }

    /// A service whose queue is full.
    private func askFullQueue(_ ask: (Service) async throws -> Void) async throws {
        let gate = Gate()
        let service = try Service { options in
            options.workers = 1
            options.maximumQueuedImages = 1
        }
        let photo = try ColorPhoto().png
        _ = service.hand(try Request(.post, "/detect", body: photo)) { _ in gate.pass() }
        gate.awaitEntry()
        async let waiting = service.ask(body: photo)
        while service.service.requestsInFlight < 2 { await Task.yield() }
        try await ask(service)
        gate.open()
        #expect(try await waiting.status == .ok)
    }

    /// What requests are told that no route sees, as an answer of each operation.
    private func refusals(by service: Service, _ api: DescribedAPI) throws -> Set<DescribedAPI.Told> {
        var told: Set<DescribedAPI.Told> = []
        let errors: [RequestError] = [
            .invalidHost, .bodyTimeout(seconds: 1), .bodyTooLarge(limit: 1), .requestLineTooLong(limit: 1),
            .unsupportedExpectation, .tooManyFields(limit: 1), .unanswered, .unsupportedTransferCoding(name: "br"),
            .memoryFull(limit: 1), .unsupportedVersion,
        ]
        for operation in api.operations {
            let parts = operation.split(separator: " ").map(String.init)
            let head = try RequestHead(try #require(Method(parts[0])), Facade.path(parts[1]))
            for error in errors {
                let response = service.service.refusal(error, RequestOutline(head: head, remoteAddress: "192.0.2.1"))
                if let found = api.expect(response, of: operation) { told.insert(found) }
            }
            let beyond = service.service.decideBeyondLimits(head, remoteAddress: "192.0.2.1") {}
            if case .answer(let response) = beyond, let found = api.expect(response, of: operation) {
                told.insert(found)
            }
        }
        return told
    }

    @Test func everyRouteOfTheServiceIsDescribed() async throws {
        let service = try Service()
        let api = try await DescribedAPI(service)
        // The routes that have metrics, which are made of the routes themselves.
        let page = try await service.ask(.get, "/metrics").text
        let prefix = "multibox_http_request_duration_seconds_count{route=\""
        let routes = page.split(separator: "\n").filter { $0.hasPrefix(prefix) }
            .compactMap { $0.dropFirst(prefix.utf8.count).split(separator: "\"").first.map(String.init) }
        #expect(routes.count > 6)
        let paths = api.document["paths"]?.members.map(\.name) ?? []
        for route in routes where route != "other" { #expect(paths.contains(route)) }
        for path in paths {
            let allow = try await service.ask(.options, Facade.path(path)).headers["Allow"]
            let methods = api.operations.filter { $0.hasSuffix(" " + path) }.compactMap {
                $0.split(separator: " ").first
            }
            #expect(allow == methods.joined(separator: ", "))
        }
    }

    @Test func itFollowsTheServiceThatRuns() async throws {
        let service = try Service(isLoaded: false) { options in
            options.defaultThreshold = 0.25
            options.maximumImagesPerRequest = 7
        }
        func standing(_ option: String) async throws -> JSONValue? {
            try await DescribedAPI(service).parameter(option, of: "POST /detect")?["schema"]?["default"]
        }
        #expect(try await standing("threshold") == .number("0.25"))
        #expect(try await standing("iou_threshold") == nil)
        service.service.load(try Service.engine())
        #expect(try await standing("iou_threshold") == .number("0.45"))
        #expect(try await standing("max_detections") == .number("100"))
        let api = try await DescribedAPI(service)
        let detect = try #require(api.operation("POST /detect"))
        #expect(detect["security"] == nil)
        let json = detect["requestBody"]?["content"]?["application/json"]?["schema"]?["oneOf"]?.elements
        #expect(json?[1]["properties"]?["images"]?["maxItems"] == .number("7"))
        service.service.requireKeys(try APIKeys(parsing: Array(Self.key.utf8)))
        let closed = try await DescribedAPI(service)
        #expect(closed.operation("POST /detect")?["security"]?.elements.count == 2)
        #expect(closed.operation("GET /livez")?["security"] == nil)
    }

    // MARK: Options

    /// What an option says of itself is what it does: at the ends of its range, beyond them, and where it is not said.
    @Test func optionsAreWhatIsSaidOfThem() async throws {
        let service = try Service()
        let api = try await DescribedAPI(service)
        let photo = try ColorPhoto(cells: [0: .red, 1: .green.at(150), 5: .green, 7: .blue]).png
        func ask(_ option: String, _ value: String) async throws -> Response {
            try await service.ask(.post, "/detect?\(option)=\(value)", body: photo)
        }
        func found(_ response: Response) throws -> [Found] { try response.detections }
        let plain = try found(try await service.ask(body: photo))
        let parameters =
            api.operation("POST /detect")?["parameters"]?.elements.filter { $0["in"]?.text == "query" } ?? []
        #expect(parameters.count >= 6)
        for parameter in parameters {
            let name = try #require(parameter["name"]?.text)
            let schema = try #require(parameter["schema"])
            #expect(parameter["description"]?.text?.isEmpty == false)
            if let (low, high) = (schema["minimum"]?.double).flatMap({ low in
                schema["maximum"]?.double.map { (low, $0) }
            }) {
                let isWhole = schema["type"]?.text == "integer"
                func text(_ value: Double) -> String { isWhole ? String(Int(value)) : String(value) }
                for value in [low, high] { #expect(try await ask(name, text(value)).status == .ok, "\(name)=\(value)") }
                let step = isWhole ? 1 : 0.001
                for value in [low - step, high + step] {
                    #expect(try await ask(name, text(value)).problem == "invalid-option", "\(name)=\(value)")
                }
                #expect(schema["default"] != nil)
            }
            for word in schema["enum"]?.elements.compactMap(\.text) ?? [] {
                #expect(try await ask(name, word).status == .ok, "\(name)=\(word)")
                #expect(try await ask(name, word + "x").problem == "invalid-option")
            }
            switch schema["default"] {
            case .number(let text)?: #expect(try found(try await ask(name, text)) == plain, "\(name)=\(text)")
            case .string(let text)?:
                #expect(try found(try await ask(name, try #require(text.text))) == plain, "\(name)")
            default: break
            }
        }
        // What is not described is none.
        #expect(try await ask("colour", "red").problem == "unknown-option")
    }

    /// The members of JSON and the fields of forms are the options of the query.
    @Test func optionsAreTheSameEverywhere() async throws {
        let api = try await DescribedAPI(try Service())
        let detect = try #require(api.operation("POST /detect"))
        let query = (detect["parameters"]?.elements ?? []).filter { $0["in"]?.text == "query" }
            .compactMap { $0["name"]?.text }
        let content = detect["requestBody"]?["content"]
        let form = content?["multipart/form-data"]?["schema"]?["properties"]?.members.map(\.name)
        #expect(form == ["image"] + query)
        let json = content?["application/json"]?["schema"]?["oneOf"]?.elements.map {
            $0["properties"]?.members.map(\.name) ?? []
        }
        #expect(json == [["image"] + query, ["images"] + query, []])
    }

    // MARK: The document

    @Test func itIsAnsweredToEverybodyAndCompressed() async throws {
        let service = try Service()
        service.service.requireKeys(try APIKeys(parsing: Array(Self.key.utf8)))
        for path in ["/openapi.json", "/docs"] {
            let plain = try await service.ask(.get, path)
            let packed = try await service.ask(.get, path, headers: ["Accept-Encoding": "gzip"])
            #expect(plain.status == .ok && packed.headers["Content-Encoding"] == "gzip")
            #expect(packed.body.count < plain.body.count / 4)
            #expect(try Gzip.decompress(packed.body, limit: 1 << 20, maximumRatio: 1000) { _ in true } == plain.body)
            // It is written once.
            #expect(try await service.ask(.get, path).body == plain.body)
        }
    }

    @Test func everyReferenceLeadsSomewhereAndEverySchemaIsUsed() async throws {
        let api = try await DescribedAPI(try Service())
        let check = SchemaCheck(document: api.document)
        var used: Set<String> = []
        func walk(_ value: JSONValue) {
            if let reference = value["$ref"]?.text {
                #expect(check.resolve(reference) != nil, "\(reference)")
                used.insert(reference)
            }
            for (_, value) in value.members { walk(value) }
            for element in value.elements { walk(element) }
        }
        walk(api.document)
        for kind in ["schemas", "headers", "responses"] {
            let names = api.document["components"]?[kind]?.members.map(\.name) ?? []
            #expect(names.count > 8)
            for name in names { #expect(used.contains("#/components/\(kind)/\(name)")) }
        }
        let identifiers = api.operations.compactMap { api.operation($0)?["operationId"]?.text }
        #expect(Set(identifiers).count == api.operations.count)
    }

    /// Types of problems, with their words, are those that problems have.
    @Test func everyProblemIsOneOfTheTypes() async throws {
        let api = try await DescribedAPI(try Service())
        let types = api.document["components"]?["schemas"]?["ProblemType"]?["oneOf"]?.elements ?? []
        let titles = Dictionary(
            uniqueKeysWithValues: types.compactMap { type in
                type["const"]?.text.flatMap { name in type["title"]?.text.map { (name, $0) } }
            })
        #expect(titles.count == types.count && types.count > 30)
        for (error, _, name) in ServiceErrorTests.table where name != "client-closed-request" {
            let object = try error.problem.response(requestID: nil).object
            #expect(titles["urn:multibox:problem:" + name] == object["title"] as? String)
        }
    }

    // MARK: The page

    @Test func thePageSaysTheSame() async throws {
        let service = try Service()
        let api = try await DescribedAPI(service)
        let response = try await service.ask(.get, "/docs")
        let page = response.text
        for operation in api.operations where operation.hasPrefix("GET") || operation.hasPrefix("POST") {
            let path = operation.split(separator: " ")[1]
            let anchor =
                path == "/" ? "root" : String(path.dropFirst().map { $0.isLetter || $0.isNumber ? $0 : "-" })
            #expect(page.contains("<h2 id=\"\(anchor)\">"))
            for (status, _) in api.answers(of: operation) {
                #expect(page.contains("<td>\(status) "), "\(status)")
            }
            for parameter in api.operation(operation)?["parameters"]?.elements ?? [] {
                #expect(page.contains("<code>\(parameter["name"]?.text ?? "")</code>"))
            }
        }
        for name in api.document["components"]?["schemas"]?.members.map(\.name) ?? [] where name != "ProblemType" {
            #expect(page.contains("id=\"object-\(name)\""))
        }
        // Every link leads to a place in the page, or to the document; nothing is asked of others.
        let links = page.matches(of: /(?:href|src)="([^"]*)"/).map { String($0.output.1) }
        #expect(links.count > 50)
        for link in links where link != "/openapi.json" {
            #expect(link.hasPrefix("#") && page.contains("id=\"\(link.dropFirst())\""), "\(link)")
        }
        #expect(!page.contains("<script") && !page.contains("@import") && !page.contains("url("))
        let identifiers = page.matches(of: #/ id="([^"]*)"/#).map { String($0.output.1) }
        #expect(Set(identifiers).count == identifiers.count)
        // The style is allowed by its digest and nothing else is.
        let policy = try #require(response.headers["Content-Security-Policy"])
        let style = try #require(page.firstMatch(of: /<style>(?<text>.*)<\/style>/.dotMatchesNewlines()))
        let digest = try Self.sha256(String(style.output.text))
        #expect(policy.contains("default-src 'none'; style-src 'sha256-\(digest)';") && !policy.contains("unsafe"))
    }

    /// A digest as openssl has it.
    private static func sha256(_ text: String) throws -> String {
        let folder = try TemporaryFolder()
        let file = try folder.write("style", text)
        let process = try ChildProcess(
            "/bin/sh", ["-c", #"openssl dgst -sha256 -binary "$0" | openssl base64 -A"#, file])
        defer { process.end() }
        _ = try process.wait()
        return String(decoding: try process.output.allBytes(), as: UTF8.self)
    }
}
