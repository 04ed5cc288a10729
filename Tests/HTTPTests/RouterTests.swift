import HTTP
import Testing

@Suite struct RouterTests {
    private static let router: Router<String> = {
        var router = Router<String>()
        router.add(.get, "/", "root")
        router.add(.post, "/detect", "detect")
        router.add(.get, "/v2/models/{m}", "model")
        router.add(.get, "/v2/models/{m}/ready", "ready")
        router.add(.post, "/v2/models/{m}/infer", "infer")
        router.add(.get, "/v2/models/special", "special")
        router.add(.get, "/v2/{a}/{b}/{c}", "wild")
        router.add(.delete, "/v2/models/{m}", "delete")
        return router
    }()

    private func describe(_ match: RouteMatch<String>) -> String {
        switch match {
        case .route(let route, let parameters):
            [route, parameters["m"], parameters["a"], parameters["b"], parameters["c"]].compactMap(\.self)
                .joined(separator: " ")
        case .notFound: "404"
        case .methodNotAllowed(let allow): "405 " + RouteMatch<String>.field(allow)
        case .options(let allow): "options " + RouteMatch<String>.field(allow)
        case .methodNotImplemented: "501"
        }
    }

    @Test(arguments: [
        ("GET", "/", "root"), ("HEAD", "/", "root"), ("POST", "/", "405 GET, HEAD, OPTIONS"),
        ("POST", "/detect", "detect"), ("GET", "/detect", "405 POST, OPTIONS"),
        ("HEAD", "/detect", "405 POST, OPTIONS"),
        ("GET", "/detect/", "404"), ("GET", "//", "404"), ("GET", "/x", "404"), ("GET", "", "404"), ("GET", "x", "404"),
        ("GET", "/v2/models/ssd", "model ssd"), ("GET", "/v2/models/a%2Fb%20c", "model a/b c"),
        ("GET", "/v2/models/special", "special"), ("DELETE", "/v2/models/special", "delete special"),
        ("GET", "/v2/models/special/ready", "ready special"), ("GET", "/v2/models/s/x", "wild models s x"),
        ("GET", "/v2/models/", "404"), ("POST", "/v2/models/m/infer", "infer m"),
        ("GET", "/v2/models/m/infer", "wild models m infer"), ("GET", "/v%32/models/m", "model m"),
        ("PUT", "/v2/models/m", "405 GET, HEAD, DELETE, OPTIONS"), ("OPTIONS", "/detect", "options POST, OPTIONS"),
        ("OPTIONS", "/nope", "404"), ("OPTIONS", "*", "options GET, HEAD, POST, DELETE, OPTIONS"), ("GET", "*", "404"),
        ("BREW", "/detect", "501"), ("BREW", "/nope", "404"), ("get", "/", "501"), ("GET", "/DETECT", "404"),
        ("GET", "/v2/models/%zz", "404"),
    ])
    func matches(_ method: String, _ path: String, _ expected: String) throws {
        #expect(describe(RouterTests.router.match(try #require(Method(method)), path)) == expected)
    }

    @Test func answersForWhatNoRouteTakes() throws {
        let router = RouterTests.router
        #expect(router.match(.get, "/").response == nil)
        #expect(router.match(.get, "/x").response?.status == .notFound)
        let refused = try #require(router.match(try RequestHead(.put, "/detect?x=y")).response)
        #expect(refused.status == .methodNotAllowed)
        #expect(refused.headers["allow"] == "POST, OPTIONS")
        #expect(router.match(.options, "/detect").response?.status == .noContent)
        #expect(router.match(try #require(Method("BREW")), "/").response?.status == .notImplemented)
    }
}
