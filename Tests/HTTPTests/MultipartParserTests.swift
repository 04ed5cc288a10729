import HTTP
import TestSupport
import Testing

@Suite struct MultipartParserTests {
    private func parser(
        _ boundary: String = "b", limits: MultipartLimits = MultipartLimits()
    ) throws -> MultipartParser {
        try MultipartParser(try #require(MediaType("multipart/form-data; boundary=\"\(boundary)\"")), limits: limits)
    }

    private func parse(_ text: String) throws -> [MultipartPart] { try parser().parse(Array(text.utf8)) }

    @Test func aFormOfCurl() throws {
        let text = """
            ------x\r
            Content-Disposition: form-data; name="threshold"\r
            \r
            0.5\r
            ------x\r
            Content-Disposition: form-data; name="image"; filename="a \\"b\\".jpg"\r
            Content-Type: image/jpeg\r
            \r
            \u{1}\r
            --\r
            ------y\r
            ------x--\r

            """
        let body = Array(text.utf8)
        let parts = try parser("----x").parse(body)
        #expect(parts.map(\.name) == ["threshold", "image"])
        #expect(parts[0].text == "0.5")
        #expect(parts[0].filename == nil)
        #expect(parts[1].filename == "a \"b\".jpg")
        #expect(parts[1].contentType?.essence == "image/jpeg")
        #expect(parts[1].text == "\u{1}\r\n--\r\n------y")
        #expect(Array(body[parts[1].body.indices]) == Array(parts[1].body))
    }

    @Test func partsShareTheBody() throws {
        let body = Array("xx--b\r\nContent-Disposition: form-data; name=a\r\n\r\nhello\r\n--b--".utf8)
        let part = try #require(try parser().parse(body[2...]).first)
        let start = body.withUnsafeBufferPointer { $0.baseAddress }
        let inner = part.body.withUnsafeBufferPointer { $0.baseAddress }
        #expect(start.map { $0 + part.body.startIndex } == inner)
    }

    static let field = "Content-Disposition: form-data; name=a\r\n"

    static let goodBodies: [(String, [String])] = [
        ("--b--", []), ("preamble\r\n--b--", []), ("--b--\r\nepilogue\r\n--b\r\n", []),
        ("--b\r\n\(field)\r\n\r\n--b--", [""]), ("--b\r\n\(field)\r\n--b--", [""]),
        ("--b \t\r\n\(field)\r\nx\r\n--b--", ["x"]),
        ("pre\r\n--b\r\n\(field)\r\nx\r\n--b\r\n\(field)\r\ny\r\n--b--", ["x", "y"]),
        ("--b\r\n\(field)\r\n\r\r\r\n\n--b\r\n--b--", ["\r\r\r\n\n--b"]),
        ("--b\r\n\(field)Content-Transfer-Encoding: Binary\r\n\r\nx\r\n--b--", ["x"]),
        ("--b\r\ncontent-disposition:form-data;NAME=\"a\"\r\n\r\nx\r\n--b--", ["x"]),
        ("--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"C:\\x\\y.jpg\"\r\n\r\nx\r\n--b--", ["x"]),
    ]

    @Test(arguments: goodBodies)
    func good(_ text: String, _ expected: [String]) throws {
        #expect(try parse(text).map(\.text) == expected)
    }

    static let longValue = String(repeating: "x", count: 9000)
    static let manyFields = String(repeating: "A: b\r\n", count: 17)
    static let manyParts = String(repeating: "--b\r\n\(field)\r\n\r\n", count: 129)
    static let badBodies: [(String, MultipartError)] = [
        ("", MultipartError.missingFirstBoundary), ("x--b--", .missingFirstBoundary), ("--c--", .missingFirstBoundary),
        ("--b", .missingLastBoundary), ("--b-", .invalidBoundaryLine), ("--bx\r\n", .invalidBoundaryLine),
        ("--b\n\(field)\r\nx\r\n--b--", .invalidBoundaryLine), ("--b\r\n", .missingLastBoundary),
        ("--b\r\n\(field)", .missingLastBoundary), ("--b\r\n\(field)\r\nx", .missingLastBoundary),
        ("--b\r\n\(field)\r\nx\r\n--", .missingLastBoundary), ("--b\r\n\(field)\r\nx\n--b--", .missingLastBoundary),
        ("--b\r\n\r\nx\r\n--b--", .invalidDisposition(part: 0)),
        ("--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--", .invalidDisposition(part: 0)),
        ("--b\r\nContent-Disposition: attachment; name=a\r\n\r\nx\r\n--b--", .invalidDisposition(part: 0)),
        ("--b\r\nContent-Disposition: form-data; name=\"a\r\n\r\nx\r\n--b--", .invalidDisposition(part: 0)),
        ("--b\r\nContent-Disposition: form-data; name=a; name=b\r\n\r\nx\r\n--b--", .invalidDisposition(part: 0)),
        ("--b\r\n\(field)\(field)\r\nx\r\n--b--", .invalidDisposition(part: 0)),
        ("--b\r\n\(field)\r\nx\r\n--b\r\nX\r\n\r\n\r\n--b--", .invalidHeader(part: 1)),
        ("--b\r\n\(field) folded\r\n\r\nx\r\n--b--", .invalidHeader(part: 0)),
        ("--b\r\n\(field)A : b\r\n\r\nx\r\n--b--", .invalidHeader(part: 0)),
        ("--b\r\nA: b\n\r\nx\r\n--b--", .invalidHeader(part: 0)),
        ("--b\r\nA: \u{0}\r\n\r\nx\r\n--b--", .invalidHeader(part: 0)),
        ("--b\r\n\(field)Content-Type: nonsense\r\n\r\nx\r\n--b--", .invalidContentType(part: 0)),
        ("--b\r\n\(field)Content-Transfer-Encoding: base64\r\n\r\nx\r\n--b--", .unsupportedTransferEncoding(part: 0)),
        ("--b\r\n\(manyFields)\r\nx\r\n--b--", .invalidHeader(part: 0)),
        ("--b\r\nA: \(longValue)\r\n\r\nx\r\n--b--", .headerTooLarge(part: 0, limit: 8192)),
        ("\(manyParts)--b--", .tooManyParts(limit: 128)),
    ]

    @Test(arguments: badBodies)
    func bad(_ text: String, _ expected: MultipartError) {
        #expect(throws: expected) { try parse(text) }
        #expect(expected.description.hasSuffix("."))
        #expect([400, 413].contains(expected.status.code))
    }

    @Test(arguments: [
        "multipart/form-data", "multipart/form-data; boundary=\"\"", "multipart/mixed; boundary=b",
        "multipart/form-data; boundary=\"a \"", "multipart/form-data; boundary=\"a;b\"",
        "multipart/form-data; boundary=" + String(repeating: "a", count: 71),
    ])
    func badBoundaries(_ text: String) throws {
        let type = try #require(MediaType(text))
        #expect(throws: MultipartError.invalidBoundary) { try MultipartParser(type) }
    }

    @Test func aBoundaryOfSeventyCharacters() throws {
        let boundary = String(repeating: "a'()+_,-./:=? z", count: 5).prefix(70)
        #expect(try parser(String(boundary)).parse(Array("--\(boundary)--".utf8)).isEmpty)
    }

    /// Where the textbook's search finds `needle` first.
    private func plainSearch(_ needle: [UInt8], in bytes: [UInt8]) -> Int? {
        guard bytes.count >= needle.count else { return nil }
        return (0...(bytes.count - needle.count)).first { Array(bytes[$0..<($0 + needle.count)]) == needle }
    }

    /// Contents of almost-boundaries, against the plain search.
    @Test(arguments: [1, 2, 3, 4, 5] as [UInt64]) func agreesWithThePlainSearch(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let alphabet: [[UInt8]] = ["\r", "\n", "-", "b", "\r\n--", "\r\n-", "\r\n--c", "x"].map { Array($0.utf8) }
        let delimiter = Array("\r\n--b".utf8)
        var compared = 0
        for _ in 0..<500 {
            let content = (0..<Int.random(in: 0...12, using: &generator))
                .flatMap { _ in alphabet.randomElement(using: &generator) ?? [] }
            // The line end before the content belongs to the part's empty line, and may begin a delimiter as well.
            let searched = Array("\r\n".utf8) + content + delimiter
            guard plainSearch(delimiter, in: searched) == content.count + 2 else { continue }
            let bytes = Array("--b\r\n\(MultipartParserTests.field)\r\n".utf8) + content + Array("\r\n--b--".utf8)
            #expect(try parser().parse(bytes).map { Array($0.body) } == [content])
            compared += 1
        }
        #expect(compared > 200)
    }

    /// Half a mebibyte of almost-boundaries: a search that goes back would compare 70 times as often and more.
    @Test func hostileBodiesAreLinear() throws {
        let boundary = String(repeating: "-", count: 70)
        let nearly = Array(("\r\n--" + String(repeating: "-", count: 69)).utf8)
        var body = Array("--\(boundary)\r\n\(MultipartParserTests.field)\r\n".utf8)
        while body.count < 1 << 19 { body += nearly }
        body += Array("\r\n--\(boundary)--".utf8)
        #expect(try parser(boundary).parse(body).first?.body.count ?? 0 > 1 << 18)
    }

    /// What is like a delimiter, or the start of one, is content.
    @Test(arguments: ["\r", "\r\n", "\r\n-", "\r\n--", "\r\n--bound", "\r\r\n--", "--boundarx\r\n", "\n--boundary"])
    func contentLikeDelimiters(filling: String) throws {
        for count in [1, 2, 3, 7, 8, 9, 50] {
            for tail in ["", "x", "xyz1234"] {
                let content = Array((String(repeating: filling, count: count) + tail).utf8)
                let body =
                    Array("--boundary\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n".utf8) + content
                    + Array("\r\n--boundary--\r\n".utf8)
                let mediaType = try #require(MediaType("multipart/form-data; boundary=boundary"))
                let parts = try MultipartParser(mediaType).parse(body)
                #expect(parts.map { Array($0.body) } == [content])
            }
        }
    }
}
