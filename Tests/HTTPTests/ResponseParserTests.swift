import HTTP
import Testing

/// Responses as a client reads them: framing (RFC 9112, section 6.3), limits, and what could be read in two ways.
@Suite struct ResponseParserTests {
    /// What some bytes come to, given in pieces; the end of the input follows them where nothing is whole before.
    private func parse(
        _ text: String, pieces: Int = .max, limits: ParserLimits = ParserLimits(), ends: Bool = false
    ) -> Result<ReceivedResponse?, ResponseError> {
        var parser = ResponseParser(limits: limits)
        var rest = Array(text.utf8)[...]
        do throws(ResponseError) {
            while !rest.isEmpty {
                let piece = Array(rest.prefix(pieces))
                rest = rest.dropFirst(pieces)
                let response = try piece.withUnsafeBufferPointer { (buffer) throws(ResponseError) in
                    try parser.receive(UnsafeRawBufferPointer(buffer))
                }
                if let response { return .success(response) }
            }
            return .success(ends ? try parser.endOfInput() : nil)
        } catch { return .failure(error) }
    }

    private static let responses: [(text: String, status: Int, body: String, keepsAlive: Bool)] = [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello", true),
        ("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", 200, "", true),
        ("HTTP/1.0 404 Not Found\r\ncontent-length: 2\r\n\r\nno", 404, "no", false),
        ("HTTP/1.1 429 \r\nConnection: close\r\nContent-Length: 2\r\n\r\nno", 429, "no", false),
        ("HTTP/1.1 204 No Content\r\n\r\n", 204, "", true),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
            200, "x", true
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\nA\r\n0123456789\r\n0\r\nT: t\r\n\r\n",
            200, "hello0123456789", true
        ),
    ]

    @Test func `any split of a response gives the same`() throws {
        for (text, status, body, keepsAlive) in Self.responses {
            for pieces in [1, 2, 3, 7, text.utf8.count] {
                let response = try #require(try parse(text, pieces: pieces).get(), "\(text)")
                #expect(response.status.code == status && response.body == Array(body.utf8), "\(text)")
                #expect(response.keepsAlive == keepsAlive, "\(text)")
            }
            // Without its last byte it is not whole.
            #expect(parse(String(text.dropLast())) == .success(nil), "\(text)")
            #expect(parse(String(text.dropLast()), ends: true) == .failure(.truncated), "\(text)")
        }
    }

    @Test func `without a length, content lasts until the end of the connection`() throws {
        let text = "HTTP/1.1 200 OK\r\n\r\nas long as it lasts"
        #expect(parse(text) == .success(nil))
        for pieces in [1, 5, 400] {
            let response = try #require(try parse(text, pieces: pieces, ends: true).get())
            #expect(response.body == Array("as long as it lasts".utf8) && !response.keepsAlive)
        }
    }

    @Test func `what follows a response ends the use of the connection`() throws {
        let response = try #require(try parse(Self.responses[0].text + "HTTP/1.1 200 OK\r\n").get())
        #expect(response.body == Array("hello".utf8) && !response.keepsAlive)
    }

    @Test func `fields are there, in any case`() throws {
        let text = "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n"
        #expect(try parse(text).get()?.headers.first("retry-after") == "7")
    }

    private static func filled(_ start: String, _ part: String, _ count: Int, _ end: String = "") -> String {
        start + String(repeating: part, count: count) + end
    }

    private static let refused: [(text: String, error: ResponseError)] = [
        ("SSH-2.0-OpenSSH_9\r\n", .malformedStatusLine),
        ("HTTP/2 200\r\n\r\n", .malformedStatusLine), ("HTTP/1.1 20 OK\r\n\r\n", .malformedStatusLine),
        ("HTTP/1.1 2000 OK\r\n\r\n", .malformedStatusLine), ("HTTP/1.1 099 OK\r\n\r\n", .malformedStatusLine),
        ("HTTP/1.1 101 Switching Protocols\r\n\r\n", .malformedStatusLine),
        ("HTTP/1.1 200 O\u{1}K\r\n\r\n", .malformedStatusLine),
        ("HTTP/1.1 200 OK\n\n", .malformed(.invalidLineTerminator)),
        ("HTTP/1.1 200 OK\r\nA : b\r\n\r\n", .malformed(.invalidFieldName)),
        ("HTTP/1.1 200 OK\r\n A: b\r\n\r\n", .malformed(.obsoleteLineFolding)),
        ("HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello", .malformed(.invalidContentLength)),
        ("HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n", .malformed(.invalidContentLength)),
        ("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", .malformed(.invalidContentLength)),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n", .malformed(.bodyTooLarge(limit: 64))),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", .malformed(.duplicateContentLength)),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
            .malformed(.contentLengthWithTransferEncoding)
        ),
        ("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", .malformed(.transferEncodingInHTTP10)),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", .malformed(.unsupportedTransferCoding(name: "gzip"))),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", .malformed(.invalidChunk)),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n", .malformed(.invalidChunk)),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n41\r\n", .malformed(.bodyTooLarge(limit: 64))),
        (filled("HTTP/1.1 200 OK\r\n\r\n", "x", 65), .malformed(.bodyTooLarge(limit: 64))),
        (filled("HTTP/1.1 200 ", "x", 128), .statusLineTooLong(limit: 128)),
        (
            filled("HTTP/1.1 200 OK\r\nA: ", "x", 256),
            .malformed(.headerSectionTooLarge(limit: 256))
        ),
        (
            filled("HTTP/1.1 200 OK\r\n", "A:b\r\n", 9, "\r\n"),
            .malformed(.tooManyFields(limit: 8))
        ),
        (filled("", "HTTP/1.1 100 \r\n\r\n", 9), .tooManyInterimResponses(limit: 8)),
    ]

    @Test(arguments: refused)
    func `what is no response, or too much of one, is refused`(text: String, error: ResponseError) {
        var limits = ParserLimits()
        (limits.requestLine, limits.headerSection, limits.fieldCount, limits.body) = (128, 256, 8, 64)
        for pieces in [1, 3, text.utf8.count] {
            #expect(parse(text, pieces: pieces, limits: limits) == .failure(error), "\(text.prefix(60)) \(pieces)")
        }
    }

    @Test func `content beyond its limit is refused before it is kept`() {
        var limits = ParserLimits()
        limits.body = 4
        for text in [
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.1 200 OK\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
        ] {
            #expect(parse(text, limits: limits, ends: true) == .failure(.malformed(.bodyTooLarge(limit: 4))), "\(text)")
        }
    }

    @Test func `a request of our own cannot break its framing`() throws {
        let request = ClientRequest(.post, "/detect?a=b", headers: ["Host": "h"], body: [1, 2])
        #expect(
            request.head() == Array("POST /detect?a=b HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n".utf8))
        #expect(
            ClientRequest(.get, "/", headers: ["Host": "h"]).head() == Array("GET / HTTP/1.1\r\nHost: h\r\n\r\n".utf8))
        for (target, value) in [("/a b", "c"), ("a", "c"), ("/a\r\nX: y", "c"), ("/a", "c\r\nX: y"), ("/ä", "c")] {
            #expect(ClientRequest(.get, target, headers: ["A": value]).head() == nil, "\(target) \(value)")
        }
    }
}
