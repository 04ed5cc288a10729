import HTTP
import Testing

@Suite struct ResponseEncoderTests {
    private func head(
        _ response: Response, version: HTTPVersion = .http11, closes: Bool = false, server: String = "multibox"
    ) -> String {
        var encoder = ResponseEncoder(serverName: server)
        let bytes = encoder.head(of: response, to: version, closes: closes, unixSeconds: 784_111_777)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func aResponse() {
        #expect(
            head(Response(text: "hello")) == """
                HTTP/1.1 200 OK\r
                Content-Type: text/plain; charset=utf-8\r
                Date: Sun, 06 Nov 1994 08:49:37 GMT\r
                Server: multibox\r
                Content-Length: 5\r
                \r\n
                """)
    }

    @Test func anEmptyResponseHasALength() {
        #expect(head(Response(status: .ok)).contains("\r\nContent-Length: 0\r\n"))
    }

    @Test(arguments: [StatusCode.noContent, .notModified]) func noLengthWithoutContent(_ status: StatusCode) {
        #expect(!head(Response(status: status)).contains("Content-Length"))
    }

    @Test(
        arguments: [
            (HTTPVersion.http11, false, nil), (.http11, true, "close"), (.http10, false, "keep-alive"),
            (.http10, true, "close"),
        ] as [(HTTPVersion, Bool, String?)])
    func connection(_ version: HTTPVersion, _ closes: Bool, _ expected: String?) {
        let head = head(Response(status: .ok), version: version, closes: closes)
        let line = head.split(separator: "\r\n").first { $0.hasPrefix("Connection: ") }
        #expect(line.map(String.init) == expected.map { "Connection: " + $0 })
    }

    @Test func framingFieldsOfTheResponseAreLeftOut() {
        let response = Response(
            status: .ok,
            headers: [
                "content-length": "99", "Transfer-Encoding": "chunked", "CONNECTION": "upgrade", "Date": "now",
                "Server": "x",
            ], body: [1])
        #expect(head(response) == "HTTP/1.1 200 OK\r\nDate: now\r\nServer: x\r\nContent-Length: 1\r\n\r\n")
    }

    @Test func nothingCanBeInjected() {
        let response = Response(
            status: .ok,
            headers: [
                "X-Request-Id": "a\r\nSet-Cookie: b\r\n\r\n<html>\u{0}", "Bad Name": "c", "Bad\r\nName": "d", "": "e",
            ])
        let lines = head(response, server: "").split(separator: "\r\n", omittingEmptySubsequences: false)
        #expect(
            lines == [
                "HTTP/1.1 200 OK", "X-Request-Id: a  Set-Cookie: b    <html> ", "Date: Sun, 06 Nov 1994 08:49:37 GMT",
                "Content-Length: 0", "", "",
            ])
    }
}
