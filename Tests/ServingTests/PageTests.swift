import Foundation
import HTTP
import Serving
import TestSupport
import Testing

/// The page at the root: its files, how they are sent, what a browser is told to forbid it.
@Suite struct PageTests {
    private static let types = [
        "/": "text/html; charset=utf-8", "/page.css": "text/css; charset=utf-8",
        "/page.js": "text/javascript; charset=utf-8", "/icon.svg": "image/svg+xml", "/sample.jpg": "image/jpeg",
    ]
    private static let files = types.keys.sorted()
    private static let gzip: HeaderFields = ["Accept-Encoding": "gzip, deflate, br"]

    private func text(_ path: String) async throws -> String { try await Service().ask(.get, path).text }

    @Test(arguments: files)
    func areSentAsTheyAre(path: String) async throws {
        let service = try Service()
        let plain = try await service.ask(.get, path)
        #expect(plain.status == .ok)
        #expect(plain.headers["Content-Type"] == Self.types[path])
        #expect(plain.headers["Content-Encoding"] == nil)
        #expect(!plain.body.isEmpty)
        let name = path == "/" ? "index.html" : String(path.dropFirst())
        let file = try Data(contentsOf: URL(fileURLWithPath: Program.repository + "/Sources/CPage/" + name))
        #expect(plain.body == [UInt8](file))

        let compressed = try await service.ask(.get, path, headers: Self.gzip)
        if path == "/sample.jpg" {
            #expect(compressed.headers["Content-Encoding"] == nil && compressed.body == plain.body)
        } else {
            #expect(compressed.headers["Content-Encoding"] == "gzip")
            #expect(compressed.body.count < plain.body.count)
            #expect(try Gzip.decompress(compressed.body, limit: 1 << 20, maximumRatio: 1000) == plain.body)
            #expect(compressed.headers["ETag"] != plain.headers["ETag"])
        }
        #expect(compressed.headers["Vary"] == "Accept-Encoding")
    }

    @Test func allOfItIsSmall() async throws {
        let service = try Service()
        var total = 0
        for path in Self.files { total += try await service.ask(.get, path, headers: Self.gzip).body.count }
        #expect(total > 10_000 && total < 60_000)
    }

    @Test(arguments: files)
    func isAskedForAgainAndNotSentAgain(path: String) async throws {
        let service = try Service()
        for headers in [HeaderFields(), Self.gzip] {
            let first = try await service.ask(.get, path, headers: headers)
            #expect(first.headers.values("Cache-Control") == ["no-cache"])
            let tag = try #require(first.headers["ETag"])
            for field in [tag, "W/" + tag, "\"other\", \(tag)", "*"] {
                for method in [Method.get, .head] {
                    var headers = headers
                    headers.add("If-None-Match", field)
                    let second = try await service.ask(method, path, headers: headers)
                    #expect(second.status == .notModified, "\(field)")
                    #expect(second.body.isEmpty)
                    #expect(second.headers["ETag"] == tag)
                    #expect(second.headers["Content-Type"] == nil && second.headers["Content-Encoding"] == nil)
                }
            }
            for field in ["\"other\"", tag.replacing("\"", with: ""), ""] {
                var headers = headers
                headers.add("If-None-Match", field)
                #expect(try await service.ask(.get, path, headers: headers).status == .ok, "\(field)")
            }
        }
        let route = "multibox_http_requests_total{route=\"/\",method="
        #expect(try await service.metric(route + "\"GET\",code=\"304\"}") == 8)
        #expect(try await service.metric(route + "\"GET\",code=\"200\"}") == 8)
    }

    @Test(arguments: files)
    func aBrowserIsToldWhatItMayDo(path: String) async throws {
        let headers = try await Service().ask(.get, path).headers
        let policy = try #require(headers["Content-Security-Policy"])
        let directives = policy.split(separator: "; ").map(String.init)
        #expect(!policy.contains("unsafe") && !policy.contains("http") && !policy.contains("data:"))
        #expect(!directives.contains { $0.hasSuffix(" *") || $0.contains("'nonce") || $0.contains("'strict") })
        for directive in [
            "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "base-uri 'none'",
            "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
        ] {
            #expect(directives.contains(directive), "\(directive)")
        }
        #expect(headers["X-Content-Type-Options"] == "nosniff")
        #expect(headers["Referrer-Policy"] == "no-referrer")
        #expect(headers["Permissions-Policy"]?.contains("camera=(self)") == true)
        #expect(headers["Permissions-Policy"]?.contains("microphone=()") == true)
        #expect(headers["Cross-Origin-Opener-Policy"] == "same-origin")
    }

    @Test func nothingStandsInTheDocumentThatThePolicyForbids() async throws {
        let document = try await text("/")
        #expect(document.contains("<script src=\"page.js\" defer></script>"))
        #expect(document.matches(of: /<script/).count == 1)
        #expect(!document.contains("<style") && document.firstMatch(of: /\sstyle\s*=/) == nil)
        #expect(document.firstMatch(of: /\son[a-z]+\s*=/) == nil)
        let script = try await text("/page.js")
        for word in ["innerHTML", "outerHTML", "insertAdjacentHTML", "eval(", "document.write", "new Function"] {
            #expect(!script.contains(word), "\(word)")
        }
    }

    @Test(arguments: ["/", "/page.css", "/page.js"])
    func nothingComesFromElsewhere(path: String) async throws {
        let text = try await text(path)
        #expect(text.firstMatch(of: /https?:\/\//) == nil)
        #expect(text.firstMatch(of: /(src|href|url)\s*[=(]\s*["']?\/\//) == nil)
        #expect(!text.contains("@import"))
        // Behind a prefix of a proxy it works too.
        #expect(text.firstMatch(of: /(src|href)="\//) == nil && text.firstMatch(of: /(fetch|ask)\(['`]\//) == nil)
    }

    @Test(arguments: files)
    func needsNoKey(path: String) async throws {
        let service = try Service { $0.rateLimit = RateLimit(count: 1, period: .seconds(3600)) }
        service.service.requireKeys(try APIKeys(parsing: Array("first-key-1234\n".utf8)))
        for _ in 0..<3 { #expect(try await service.ask(.get, path).status == .ok) }
        #expect(try await service.ask(.get, "/model").status == .unauthorized)
    }

    @Test(arguments: files)
    func isNoProbe(path: String) throws {
        let service = try Service().service
        let head = try RequestHead(.get, path)
        guard case .answer(let answer) = service.decide(head, takesProbesOnly: true) else {
            Issue.record("it is served where probes are")
            return
        }
        #expect(answer.status == .notFound)
        var isRefused = false
        guard
            case .answer(let crowded) = service.decideBeyondLimits(
                head, remoteAddress: nil, refuse: { isRefused = true })
        else {
            Issue.record("it takes the seat of a probe")
            return
        }
        #expect(isRefused && crowded.status == .serviceUnavailable)
    }

    @Test(arguments: files)
    func isAnsweredFromItsHead(path: String) async throws {
        // A page that is shown while the model is being loaded can say so.
        let service = try Service(isLoaded: false)
        guard case .answer(let early) = service.service.decide(try RequestHead(.get, path)) else {
            Issue.record("\(path) waits for content that does not come")
            return
        }
        #expect(early.status == .ok)
        #expect(service.bodyLimit(try RequestHead(.get, path, contentLength: 5)) == 64 << 10)
        #expect(try await service.ask(.get, path, body: [1, 2, 3]).body == early.body)
        #expect(try await service.ask(.post, path).headers["Allow"] == "GET, HEAD, OPTIONS")
        #expect(service.log.records.map(\.route).allSatisfy { $0 == "/" })
    }

    @Test(arguments: files)
    func canBeLeftOut(path: String) async throws {
        let service = try Service { $0.servesPage = false }
        for method in [Method.get, .head, .post, .options] {
            let answer = try await service.ask(method, path)
            #expect(answer.status == .notFound)
            #expect(answer.headers["Content-Security-Policy"] == nil)
        }
        #expect(service.log.records.map(\.route).allSatisfy { $0 == "other" })
        #expect(try await service.ask(.get, "/livez").status == .ok)
    }

    @Test(arguments: ["/index.html", "/page.js/", "/sample.JPG", "//", "/../page.js", "/page"])
    func otherPathsAreNotFound(path: String) async throws {
        #expect(try await Service().ask(.get, path).status == .notFound)
    }
}
