import HTTP
import TestSupport
import Testing

/// A request as bytes and what is to come of it.
struct ParserCase: CustomTestStringConvertible, Sendable {
    enum Expected: Sendable {
        /// Requests with these bodies.
        case bodies([String])
        case error(RequestError)
        /// Neither a request nor an error.
        case incomplete
    }

    let text: String
    let expected: Expected
    var testDescription: String { String(text.debugDescription.prefix(120)) }

    init(_ text: String, _ expected: Expected) {
        self.text = text
        self.expected = expected
    }

    /// A request line alone, with a `Host`.
    static func line(_ line: String, _ expected: Expected) -> ParserCase {
        ParserCase(line + "\r\nHost: a\r\n\r\n", expected)
    }

    /// Field lines behind a good request line and `Host`.
    static func fields(_ fields: String, _ expected: Expected) -> ParserCase {
        ParserCase("POST /a HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n\r\n", expected)
    }

    /// A chunked body.
    static func chunked(_ body: String, _ expected: Expected) -> ParserCase {
        ParserCase("POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body, expected)
    }

    /// A `Host` value.
    static func host(_ value: String, _ expected: Expected) -> ParserCase {
        ParserCase("GET / HTTP/1.1\r\nHost: \(value)\r\n\r\n", expected)
    }
}

@Suite struct RequestParserTests {
    static let one = ParserCase.Expected.bodies([""])

    static let requestLines: [ParserCase] = [
        .line("GET / HTTP/1.1", one),
        .line("GET /a/b?c=d&e HTTP/1.1", one),
        .line("HEAD / HTTP/1.0", one),
        .line("M-SEARCH /x HTTP/1.1", one),
        .line("!#$%&'*+-.^_`|~ / HTTP/1.1", one),
        .line("GET / HTTP/1.9", one),
        .line("GET //double//slash HTTP/1.1", one),
        .line("GET /../.. HTTP/1.1", one),
        .line("GET /a|b{c}\"<> HTTP/1.1", one),
        .line("GET /%C3%A9%2Fx HTTP/1.1", one),
        .line("GET /?q=%00x HTTP/1.1", .error(.invalidPercentEncoding)),
        .line("GET /%00 HTTP/1.1", .error(.invalidPercentEncoding)),
        .line("GET /%zz HTTP/1.1", .error(.invalidPercentEncoding)),
        .line("GET /% HTTP/1.1", .error(.invalidPercentEncoding)),
        .line("GET /%4 HTTP/1.1", .error(.invalidPercentEncoding)),
        .line("GET /?a=%f HTTP/1.1", .error(.invalidPercentEncoding)),
        .line("GET /%ff HTTP/1.1", .error(.invalidPercentEncoding)),
        .line("GET /?%c3%28 HTTP/1.1", .error(.invalidPercentEncoding)),
        .line("GET /%ed%a0%80 HTTP/1.1", .error(.invalidPercentEncoding)),
        .line("GET http://h/p HTTP/1.1", one),
        .line("GET HTTP://h:80/p?q HTTP/1.1", one),
        .line("GET https://h HTTP/1.1", one),
        .line("GET http://h?q HTTP/1.1", one),
        .line("GET http:///p HTTP/1.1", .error(.invalidTarget)),
        .line("GET http://u@h/p HTTP/1.1", .error(.invalidTarget)),
        .line("GET http://h:99999/ HTTP/1.1", .error(.invalidTarget)),
        .line("GET ftp://h/p HTTP/1.1", .error(.invalidTarget)),
        .line("GET file:///etc/passwd HTTP/1.1", .error(.invalidTarget)),
        .line("GET a HTTP/1.1", .error(.invalidTarget)),
        .line("GET h:80 HTTP/1.1", .error(.invalidTarget)),
        .line("GET ?a HTTP/1.1", .error(.invalidTarget)),
        .line("GET * HTTP/1.1", .error(.invalidTarget)),
        .line("OPTIONS * HTTP/1.1", one),
        .line("OPTIONS ** HTTP/1.1", .error(.invalidTarget)),
        .line("OPTIONS http://h HTTP/1.1", one),
        .line("CONNECT h:443 HTTP/1.1", .error(.connectNotSupported)),
        .line("CONNECT / HTTP/1.1", .error(.connectNotSupported)),
        .line("GET /a#b HTTP/1.1", .error(.invalidTarget)),
        .line("GET /\u{1} HTTP/1.1", .error(.invalidTarget)),
        .line("GET /\u{0} HTTP/1.1", .error(.invalidTarget)),
        .line("GET /\u{7f} HTTP/1.1", .error(.invalidTarget)),
        .line("GET /é HTTP/1.1", .error(.invalidTarget)),
        .line("GET /\t HTTP/1.1", .error(.invalidTarget)),
        .line("GET /a\rb HTTP/1.1", .error(.invalidTarget)),
        .line("GET  / HTTP/1.1", .error(.malformedRequestLine)),
        .line("GET /  HTTP/1.1", .error(.malformedRequestLine)),
        .line("GET / HTTP/1.1 ", .error(.malformedRequestLine)),
        .line(" GET / HTTP/1.1", .error(.malformedRequestLine)),
        .line("GET\t/ HTTP/1.1", .error(.malformedRequestLine)),
        .line("GET /", .error(.malformedRequestLine)),
        .line("GET", .error(.malformedRequestLine)),
        .line("GET / a HTTP/1.1", .error(.malformedRequestLine)),
        .line("G(T / HTTP/1.1", .error(.malformedRequestLine)),
        .line("GET / http/1.1", .error(.malformedRequestLine)),
        .line("GET / HTTP/1", .error(.malformedRequestLine)),
        .line("GET / HTTP/1.", .error(.malformedRequestLine)),
        .line("GET / HTTP/11.1", .error(.malformedRequestLine)),
        .line("GET / HTTP/1.10", .error(.malformedRequestLine)),
        .line("GET / HTTP/+.1", .error(.malformedRequestLine)),
        .line("GET / HTTPS/1.1", .error(.malformedRequestLine)),
        .line("GET / HTTP/1,1", .error(.malformedRequestLine)),
        .line("GET / HTTP/0.9", .error(.unsupportedVersion)),
        .line("GET / HTTP/2.0", .error(.unsupportedVersion)),
        .line("GET / HTTP/3.0", .error(.unsupportedVersion)),
        ParserCase("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .error(.http2Preface)),
        ParserCase("\u{16}\u{3}\u{1}\u{2}", .error(.malformedRequestLine)),
        ParserCase("\u{0}", .error(.malformedRequestLine)),
        ParserCase(":", .error(.malformedRequestLine)),
        ParserCase("\n", .error(.invalidLineTerminator)),
        ParserCase("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", one),
        ParserCase("\r\n\r\n\r\n\r\n\r\n", .error(.tooManyEmptyLines(limit: 4))),
        ParserCase("\r\n", .incomplete),
        ParserCase("GET / HTTP/1.1\r\nHost: a\r\n", .incomplete),
        ParserCase("GET / HTTP/1.1\nHost: a\n\n", .error(.invalidLineTerminator)),
        ParserCase("GET / HTTP/1.1\r\nHost: a\n\r\n", .error(.invalidLineTerminator)),
        ParserCase("GET / HTTP/1.1\r\nHost: a\r\n\n", .error(.invalidLineTerminator)),
        ParserCase("GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", .error(.malformedRequestLine)),
    ]

    static let hosts: [ParserCase] = [
        .host("a", one), .host("", one), .host("a.example:8080", one), .host("127.0.0.1:80", one), .host("a:", one),
        .host("[::1]:8080", one), .host("[fe80::1]", one), .host("a_b-c.d~e", one), .host("x%41", one),
        .host("a b", .error(.invalidHost)), .host("a/b", .error(.invalidHost)), .host("a:b", .error(.invalidHost)),
        .host("a:70000", .error(.invalidHost)), .host("a:+1", .error(.invalidHost)),
        .host(":80", .error(.invalidHost)), .host("u@a", .error(.invalidHost)), .host("[::1", .error(.invalidHost)),
        .host("[::1]x", .error(.invalidHost)), .host("[]", .error(.invalidHost)), .host("[g::]", .error(.invalidHost)),
        .host("a?b", .error(.invalidHost)), .host("a%4", .error(.invalidHost)), .host("é", .error(.invalidHost)),
        .host("a:1:2", .error(.invalidHost)), .host("http://a", .error(.invalidHost)),
        ParserCase("GET / HTTP/1.1\r\n\r\n", .error(.missingHost)),
        ParserCase("GET http://a/ HTTP/1.1\r\n\r\n", .error(.missingHost)),
        ParserCase("GET / HTTP/1.0\r\n\r\n", one),
        ParserCase("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", .error(.duplicateHost)),
        ParserCase("GET / HTTP/1.0\r\nHost: a\r\nhOST: b\r\n\r\n", .error(.duplicateHost)),
    ]

    static let fieldLines: [ParserCase] = [
        .fields("A: b", one), .fields("A:b", one), .fields("A:\t b \t", one), .fields("A:", one),
        .fields("A: \u{fc}", one), .fields("A: b, \"c\"", one), .fields("a!#$%&'*+-.^_`|~9: x", one),
        .fields("A : b", .error(.invalidFieldName)), .fields("A\t: b", .error(.invalidFieldName)),
        .fields(": b", .error(.invalidFieldName)), .fields("A", .error(.invalidFieldName)),
        .fields("A b: c", .error(.invalidFieldName)), .fields("A(: c", .error(.invalidFieldName)),
        .fields("A\u{0}: c", .error(.invalidFieldName)), .fields("É: c", .error(.invalidFieldName)),
        .fields("A@: c", .error(.invalidFieldName)),
        .fields("A: b\r\n c", .error(.obsoleteLineFolding)), .fields("A: b\r\n\tc", .error(.obsoleteLineFolding)),
        .fields(" A: b", .error(.obsoleteLineFolding)),
        .fields("A: b\u{0}c", .error(.invalidFieldValue(name: "A"))),
        .fields("A: b\rc", .error(.invalidFieldValue(name: "A"))),
        .fields("A: b\r", .error(.invalidFieldValue(name: "A"))),
        .fields("A: \u{1b}[0m", .error(.invalidFieldValue(name: "A"))),
        .fields("A: b\u{7f}", .error(.invalidFieldValue(name: "A"))),
        .fields("A: b\u{8}", .error(.invalidFieldValue(name: "A"))),
        .fields("A: b\nC: d", .error(.invalidLineTerminator)),
        .fields("Expect: 200-ok", .error(.unsupportedExpectation)),
        .fields("Expect: 100-continue, x", .error(.unsupportedExpectation)),
        .fields("Expect: ", .error(.unsupportedExpectation)),
        .fields("Expect: 100-Continue", one),
        .fields("Connection: ,, close ,", one),
    ]

    static let contentLengths: [ParserCase] = [
        ParserCase("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", .bodies(["abc"])),
        ParserCase("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 003\r\n\r\nabc", .bodies(["abc"])),
        ParserCase("POST / HTTP/1.1\r\nHost: a\r\ncontent-length:\t2 \r\n\r\nab", .bodies(["ab"])),
        ParserCase("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", .bodies(["x"])),
        ParserCase(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nxGET / HTTP/1.1\r\nHost: a\r\n\r\n",
            .bodies(["x", ""])),
        ParserCase("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab", .incomplete),
        .fields("Content-Length: 0", one),
        .fields("Content-Length: +3", .error(.invalidContentLength)),
        .fields("Content-Length: -3", .error(.invalidContentLength)),
        .fields("Content-Length: ", .error(.invalidContentLength)),
        .fields("Content-Length: 3 3", .error(.invalidContentLength)),
        .fields("Content-Length: 3,3", .error(.invalidContentLength)),
        .fields("Content-Length: 3, 4", .error(.invalidContentLength)),
        .fields("Content-Length: 0x3", .error(.invalidContentLength)),
        .fields("Content-Length: 3.0", .error(.invalidContentLength)),
        .fields("Content-Length: 1e1", .error(.invalidContentLength)),
        .fields("Content-Length: ٣", .error(.invalidContentLength)),
        .fields("Content-Length: \"3\"", .error(.invalidContentLength)),
        .fields("Content-Length: 3;a", .error(.invalidContentLength)),
        .fields("Content-Length: 3\r\nContent-Length: 3", .error(.duplicateContentLength)),
        .fields("Content-Length: 3\r\ncontent-length: 4", .error(.duplicateContentLength)),
        .fields("Content-Length : 3", .error(.invalidFieldName)),
        .fields("Content-Length: 20971521", .error(.bodyTooLarge(limit: 20 << 20))),
        .fields("Content-Length: 9223372036854775808", .error(.bodyTooLarge(limit: 20 << 20))),
        .fields("Content-Length: 18446744073709551619", .error(.bodyTooLarge(limit: 20 << 20))),
        .fields("Content-Length: 99999999999999999999999999999", .error(.bodyTooLarge(limit: 20 << 20))),
    ]

    static let transferEncodings: [ParserCase] = [
        .fields("Transfer-Encoding: chunked\r\nContent-Length: 3", .error(.contentLengthWithTransferEncoding)),
        .fields("Content-Length: 0\r\nTransfer-Encoding: chunked", .error(.contentLengthWithTransferEncoding)),
        .fields("Transfer-Encoding: gzip, chunked", .error(.unsupportedTransferCoding(name: "gzip"))),
        .fields("Transfer-Encoding: gzip", .error(.unsupportedTransferCoding(name: "gzip"))),
        .fields("Transfer-Encoding: identity", .error(.unsupportedTransferCoding(name: "identity"))),
        .fields("Transfer-Encoding: xchunked", .error(.unsupportedTransferCoding(name: "xchunked"))),
        .fields("Transfer-Encoding: chunked, gzip", .error(.invalidTransferEncoding)),
        .fields("Transfer-Encoding: chunked, identity", .error(.invalidTransferEncoding)),
        .fields("Transfer-Encoding: chunked, chunked", .error(.invalidTransferEncoding)),
        .fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", .error(.invalidTransferEncoding)),
        .fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip", .error(.invalidTransferEncoding)),
        .fields("Transfer-Encoding: ", .error(.invalidTransferEncoding)),
        .fields("Transfer-Encoding: chunked,", .error(.invalidTransferEncoding)),
        .fields("Transfer-Encoding: ,chunked", .error(.invalidTransferEncoding)),
        .fields("Transfer-Encoding: chunked;q=1", .error(.invalidTransferEncoding)),
        .fields("Transfer-Encoding: \"chunked\"", .error(.invalidTransferEncoding)),
        .fields("Transfer-Encoding: chun ked", .error(.invalidTransferEncoding)),
        .fields("Transfer-Encoding:\u{b}chunked", .error(.invalidFieldValue(name: "Transfer-Encoding"))),
        .fields("Transfer-Encoding : chunked", .error(.invalidFieldName)),
        .fields("Transfer-Encoding\r\n : chunked", .error(.invalidFieldName)),
        ParserCase(
            "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", .error(.transferEncodingInHTTP10)),
        ParserCase(
            "POST / HTTP/1.1\r\nHost: a\r\ntransfer-encoding: \tChunked \r\n\r\n1\r\na\r\n0\r\n\r\n", .bodies(["a"])),
    ]

    static let chunks: [ParserCase] = [
        .chunked("0\r\n\r\n", one),
        .chunked("3\r\nabc\r\n0\r\n\r\n", .bodies(["abc"])),
        .chunked("a\r\n0123456789\r\nA\r\n0123456789\r\n00\r\n\r\n", .bodies(["01234567890123456789"])),
        .chunked("2\r\n\r\n\r\n0\r\n\r\n", .bodies(["\r\n"])),
        .chunked("3;a\r\nabc\r\n0;b=c\r\n\r\n", .bodies(["abc"])),
        .chunked("3 ; a = \"x;\\\"y\" ;b\r\nabc\r\n0\r\n\r\n", .bodies(["abc"])),
        .chunked("0\r\nX: y\r\nZ:\r\n\r\n", one),
        .chunked("0\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", .bodies(["", ""])),
        .chunked("000000000000003\r\nabc\r\n0\r\n\r\n", .bodies(["abc"])),
        .chunked("3\r\nabc\r\n", .incomplete),
        .chunked("0\r\n", .incomplete),
        .chunked("\r\n", .error(.invalidChunk)),
        .chunked(" 3\r\nabc\r\n", .error(.invalidChunk)),
        .chunked("3 \r\nabc\r\n", .error(.invalidChunk)),
        .chunked("+3\r\nabc\r\n", .error(.invalidChunk)),
        .chunked("-1\r\nabc\r\n", .error(.invalidChunk)),
        .chunked("0x3\r\nabc\r\n", .error(.invalidChunk)),
        .chunked("3_0\r\nabc\r\n", .error(.invalidChunk)),
        .chunked("g\r\nabc\r\n", .error(.invalidChunk)),
        .chunked(";a\r\nabc\r\n", .error(.invalidChunk)),
        .chunked("3;\r\nabc\r\n", .error(.invalidChunk)),
        .chunked("3;a=\r\nabc\r\n", .error(.invalidChunk)),
        .chunked("3;a=\"b\r\nabc\r\n", .error(.invalidChunk)),
        .chunked("3;a \r\nabc\r\n", .error(.invalidChunk)),
        .chunked("3;a=\"\\\u{1}\"\r\nabc\r\n", .error(.invalidChunk)),
        .chunked("3;a\rb\r\nabc\r\n", .error(.invalidChunk)),
        .chunked("0000000000000003\r\nabc\r\n", .error(.invalidChunk)),
        .chunked("ffffffffffffffff\r\n", .error(.invalidChunk)),
        .chunked("10000000000000003\r\nabc\r\n", .error(.invalidChunk)),
        .chunked("7fffffffffffff\r\n", .error(.bodyTooLarge(limit: 20 << 20))),
        .chunked("1400001\r\n", .error(.bodyTooLarge(limit: 20 << 20))),
        .chunked("3\nabc\r\n", .error(.invalidLineTerminator)),
        .chunked("3\r\nabcd\r\n", .error(.invalidChunk)),
        .chunked("3\r\nabc\n0\r\n\r\n", .error(.invalidLineTerminator)),
        .chunked("3\r\nabc0\r\n\r\n", .error(.invalidChunk)),
        .chunked("0\r\nX y\r\n\r\n", .error(.invalidFieldName)),
        .chunked("0\r\nX: a\r\n b\r\n\r\n", .error(.obsoleteLineFolding)),
        .chunked("0\r\nX: \u{0}\r\n\r\n", .error(.invalidFieldValue(name: "X"))),
        .chunked("3;" + String(repeating: "a", count: 1020) + "\r\nabc\r\n0\r\n\r\n", .bodies(["abc"])),
        .chunked("0\r\n\n", .error(.invalidLineTerminator)),
        .chunked("3;" + String(repeating: "a", count: 1021) + "\r\nabc\r\n", .error(.chunkLineTooLong(limit: 1024))),
        .chunked(
            String(repeating: "1;" + String(repeating: "a", count: 999) + "\r\nx\r\n", count: 17),
            .error(.chunkExtensionsTooLong(limit: 16 << 10))),
    ]

    static let limits: [ParserCase] = [
        .line("GET /" + String(repeating: "a", count: 8176) + " HTTP/1.1", one),
        .line("GET /" + String(repeating: "a", count: 8177) + " HTTP/1.1", .error(.requestLineTooLong(limit: 8192))),
        ParserCase(String(repeating: "A", count: 8191), .incomplete),
        ParserCase(String(repeating: "A", count: 8192), .error(.requestLineTooLong(limit: 8192))),
        // `Host: a`, the field and the empty line are 9 + 5 + n + 2 bytes.
        .fields("A: " + String(repeating: "a", count: 16368), one),
        .fields("A: " + String(repeating: "a", count: 16369), .error(.headerSectionTooLarge(limit: 16384))),
        .fields(String(repeating: "A: b\r\n", count: 98) + "A: b", one),
        .fields(String(repeating: "A: b\r\n", count: 99) + "A: b", .error(.tooManyFields(limit: 100))),
        .chunked("0\r\n" + String(repeating: "A: b\r\n", count: 100) + "\r\n", one),
        .chunked("0\r\n" + String(repeating: "A: b\r\n", count: 101) + "\r\n", .error(.tooManyFields(limit: 100))),
        .chunked(
            "0\r\nA: " + String(repeating: "a", count: 16400) + "\r\n\r\n",
            .error(.headerSectionTooLarge(limit: 16384))),
    ]

    static let all = requestLines + hosts + fieldLines + contentLengths + transferEncodings + chunks + limits

    @Test func theTablesAreLarge() { #expect(RequestParserTests.all.count > 200) }

    @Test(arguments: all) func parses(_ example: ParserCase) {
        let outcome = ParseOutcome(example.text)
        switch example.expected {
        case .bodies(let bodies):
            #expect(outcome.error == nil)
            #expect(outcome.requests.map { String(decoding: $0.body, as: UTF8.self) } == bodies)
            #expect(outcome.isBetweenRequests)
        case .error(let error):
            #expect(outcome.error == error)
            #expect(outcome.requests.isEmpty)
        case .incomplete:
            #expect(outcome.error == nil)
            #expect(outcome.requests.isEmpty)
        }
    }

    @Test(arguments: all) func anySplitGivesTheSame(_ example: ParserCase) {
        let bytes = Array(example.text.utf8)
        let whole = ParseOutcome([bytes[...]])
        #expect(ParseOutcome.byteByByte(bytes) == whole)
        for seed in 0..<8 as Range<UInt64> {
            #expect(ParseOutcome.torn(bytes, seed: seed) == whole, "seed \(seed)")
        }
    }

    @Test func everyErrorHasAStatusAndASentence() {
        var statuses: Set<Int> = []
        for example in RequestParserTests.all {
            guard case .error(let error) = example.expected else { continue }
            statuses.insert(error.status.code)
            #expect(error.description.hasSuffix("."))
            #expect(!error.description.contains("\n"))
        }
        #expect(statuses == [400, 413, 414, 417, 431, 501, 505])
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
    func damagedRequestsNeverTrapAndNeverDependOnTheSplit(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let seeds = RequestParserTests.all.filter { $0.text.utf8.count < 300 }
        #expect(seeds.count > 50)
        for _ in 0..<400 {
            guard let example = seeds.randomElement(using: &generator) else { continue }
            var bytes = Array(example.text.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: index)
                default: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &generator)], at: index)
                }
            }
            let whole = ParseOutcome([bytes[...]])
            #expect(ParseOutcome.byteByByte(bytes) == whole, "\(bytes)")
            #expect(ParseOutcome.torn(bytes, seed: generator.next()) == whole, "\(bytes)")
        }
    }

    @Test func aHeadHoldsWhatWasSent() throws {
        let text = """
            POST /detect%20it/x?threshold=0.5&classes=a+b%2Cc&classes=d HTTP/1.1\r
            Host: h:8080\r
            Accept: text/html\r
            accept: image/jpeg\r
            X-Empty:\r
            Content-Length: 2\r
            Expect: 100-continue\r
            \r
            hi
            """
        let request = try #require(ParseOutcome(text).requests.first)
        #expect(request.method == .post)
        #expect(request.version == .http11)
        #expect(request.target.form == .origin)
        #expect(request.rawPath == "/detect%20it/x")
        #expect(request.path == "/detect it/x")
        #expect(request.target.rawQuery == "threshold=0.5&classes=a+b%2Cc&classes=d")
        #expect(request.query["threshold"] == "0.5")
        #expect(request.query.values("classes") == ["a b,c", "d"])
        #expect(request.headers["ACCEPT"] == "text/html, image/jpeg")
        #expect(request.headers["x-empty"] == "")
        #expect(request.head.framing == .length(2))
        #expect(request.head.expectsContinue)
        #expect(request.head.keepsAlive)
        #expect(request.body == Array("hi".utf8))
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", true), ("GET / HTTP/1.0\r\n\r\n", false),
        ("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false),
        ("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, CLOSE\r\n\r\n", false),
        ("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true),
        ("GET / HTTP/1.0\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n", false),
        ("GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, upgrade\r\n\r\n", true),
    ])
    func persistence(_ text: String, _ keepsAlive: Bool) throws {
        #expect(try #require(ParseOutcome(text).requests.first).head.keepsAlive == keepsAlive)
    }

    @Test func absoluteTargets() throws {
        let target = try RequestHead(.get, "http://Example:80?a=b").target
        #expect(target.form == .absolute)
        #expect(target.authority == "Example:80")
        #expect(try RequestHead(.get, "http://b/", headers: ["Host": "a"]).host == "b")
        #expect(try RequestHead(.get, "/", headers: ["Host": "a"]).host == "a")
        #expect(target.rawPath == "/")
        #expect(target.query["a"] == "b")
        #expect(try RequestHead(.options, "https://h").target.path == "*")
        #expect(try RequestHead(.get, "https://h/a/b%20c").target.path == "/a/b c")
    }

    @Test func aRouteMayLowerTheBodyLimit() throws {
        var parser = RequestParser()
        let bytes = Array("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n".utf8)
        let output = try bytes.withUnsafeBufferPointer { (buffer) throws(RequestError) in
            var input = UnsafeRawBufferPointer(buffer)
            return try parser.parse(&input)
        }
        guard case .head = output else {
            Issue.record("no head")
            return
        }
        #expect(throws: RequestError.bodyTooLarge(limit: 10)) { try parser.acceptBody(limit: 10) }
    }

    @Test func theContentBufferGrowsWithWhatArrives() throws {
        let bytes = Array("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20971520\r\n\r\n0123456789".utf8)
        var parser = RequestParser()
        try bytes.withUnsafeBufferPointer { (buffer) throws(RequestError) in
            var input = UnsafeRawBufferPointer(buffer)
            _ = try parser.parse(&input)
            try parser.acceptBody()
            _ = try parser.parse(&input)
        }
        #expect(parser.receivedBodyBytes == 10)
        #expect(parser.bodyCapacity < 1024)
    }

    /// Each growth moves all that has come: were there one for each chunk, the time would be quadratic.
    @Test func contentInTinyChunksMovesSeldom() throws {
        let chunks = 100_000
        var parser = RequestParser()
        var capacities: Set<Int> = []
        func feed(_ text: String) throws -> RequestParser.Output {
            try Array(text.utf8).withUnsafeBufferPointer { (buffer) throws(RequestError) in
                var input = UnsafeRawBufferPointer(buffer)
                return try parser.parse(&input)
            }
        }
        _ = try feed("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        try parser.acceptBody()
        for _ in 0..<chunks {
            _ = try feed("1\r\nx\r\n")
            capacities.insert(parser.bodyCapacity)
        }
        #expect(parser.receivedBodyBytes == chunks)
        #expect(capacities.count < 20)
        #expect(parser.bodyCapacity <= 3 * chunks)
        #expect(try feed("0\r\n\r\n") == .body([UInt8](repeating: UInt8(ascii: "x"), count: chunks)))
    }

    @Test func aLargeBodyArrivesWhole() throws {
        var generator = SeededGenerator(seed: 9)
        let body = (0..<300_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let bytes = Array("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.count)\r\n\r\n".utf8) + body
        for seed in 0..<4 as Range<UInt64> {
            #expect(ParseOutcome.torn(bytes, seed: seed).requests.first?.body == body)
        }
    }
}
