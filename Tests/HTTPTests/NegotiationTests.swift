import HTTP
import Testing

@Suite struct NegotiationTests {
    @Test(
        arguments: [
            (nil, "application/json"), ("", "application/json"), ("*/*", "application/json"), ("image/*", "image/jpeg"),
            ("image/png", "image/png"), ("image/png, image/jpeg", "image/jpeg"),
            ("image/png, image/jpeg;q=0.9", "image/png"), ("image/*;q=0.5, image/png", "image/png"),
            ("application/json;q=0, */*", "image/jpeg"), ("text/html", nil), ("*/*;q=0", nil),
            ("text/html, */*;q=0.1", "application/json"), ("IMAGE/PNG", "image/png"),
            ("image/png;q=2, image/jpeg", "image/jpeg"), ("bogus, image/png", "image/png"),
            (";;,image/png", "image/png"), ("*/png", "application/json"),
            ("image/png;level=1, application/json;q=0.1", "application/json"),
        ] as [(String?, String?)])
    func accept(_ field: String?, _ expected: String?) {
        #expect(Accept(field).preferred(among: ["application/json", "image/jpeg", "image/png"]) == expected)
    }

    @Test func theMostSpecificRangeWeighs() throws {
        // The example of RFC 9110, section 12.5.1.
        let accept = Accept(
            "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, text/plain;format=fixed;q=0.4, */*;q=0.5")
        let weights = [
            ("text/plain;format=flowed", 1000), ("text/plain", 700), ("text/html", 300), ("image/jpeg", 500),
            ("text/plain;format=fixed", 400), ("text/html;level=3", 300),
        ]
        for (text, weight) in weights {
            #expect(accept.weight(of: try #require(MediaType(text))) == weight, "\(text)")
        }
        #expect(
            Accept("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5")
                .preferred(among: ["text/plain;version=0.0.4", "application/openmetrics-text;version=1.0.0"])
                == "application/openmetrics-text;version=1.0.0")
    }

    @Test(
        arguments: [
            (nil, false), ("", false), ("gzip", true), ("GZIP", true), ("x-gzip", true), ("deflate", false),
            ("deflate, gzip;q=1.0, *;q=0.5", true), ("gzip;q=0", false), ("*", true), ("*;q=0", false),
            ("gzip;q=0, *", false), ("identity;q=1, gzip;q=0.5", false), ("identity;q=0.5, gzip", true),
            ("gzip;q=0.001", true), ("gzip;q=1.001", false), ("gzip;q=x", false), ("gzip;q=0.0001", false),
            ("br", false),
        ] as [(String?, Bool)])
    func gzip(_ field: String?, _ expected: Bool) {
        #expect(AcceptEncoding(field).prefers("gzip") == expected)
    }

    @Test func identityMayBeForbidden() {
        #expect(AcceptEncoding(nil).accepts("identity"))
        #expect(AcceptEncoding("gzip").accepts("identity"))
        #expect(!AcceptEncoding("identity;q=0").accepts("identity"))
        #expect(!AcceptEncoding("*;q=0").accepts("identity"))
    }
}
