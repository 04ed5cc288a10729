import Testing

import Downloads

/// What is read of responses and addresses.
struct ResponseTests {
    @Test(arguments: [
        ("bytes 5-9/10", ContentRange(bytes: 5...9, total: 10)),
        ("bytes 5-9/*", ContentRange(bytes: 5...9, total: nil)),
        ("Bytes */10", ContentRange(bytes: nil, total: 10)),
        ("bytes 0-0/1", ContentRange(bytes: 0...0, total: 1)),
    ])
    func `a part of a file`(text: String, range: ContentRange) { #expect(ContentRange(text) == range) }

    @Test(arguments: [
        "", "bytes", "bytes 5-9", "bytes 9-5/10", "bytes 5-10/10", "bytes -5/10", "bytes 5-/10", "items 5-9/10",
        "bytes +5-9/10", "bytes 5-9/10/10", "bytes 99999999999999999999-9/10", "bytes 0-1/9223372036854775808",
    ])
    func `what is no part`(text: String) { #expect(ContentRange(text) == nil) }

    private func head(_ lines: String...) -> ResponseHead {
        var head = ResponseHead()
        for line in lines { head.add(line + "\r\n") }
        return head
    }

    @Test func `the head of the last response counts`() {
        let head = head(
            "HTTP/1.1 302 Found", "ETag: \"old\"", "Content-Length: 7", "", "HTTP/2 200", "etag:  \"new\" ",
            "content-length: 12", "")
        #expect(head.status == 200 && head.contentLength == 12 && head.validator == "\"new\"")
    }

    @Test func `weak tags do not tell versions apart, dates do`() {
        let date = "Tue, 01 Dec 2026 10:00:00 GMT"
        #expect(head("HTTP/1.1 200 OK", "ETag: W/\"x\"").validator == nil)
        #expect(head("HTTP/1.1 200 OK", "ETag: W/\"x\"", "Last-Modified: \(date)").validator == date)
        #expect(head("HTTP/1.1 200 OK", "ETag: \"\(String(repeating: "x", count: 300))\"").validator == nil)
        #expect(head("HTTP/1.1 200 OK", "ETag: \"a\u{1}b\"").validator == nil)
    }

    @Test func `what is no number is none`() {
        for text in ["-1", "1 2", "0x10", "", "9223372036854775808", "٣"] {
            #expect(head("HTTP/1.1 200 OK", "Content-Length: \(text)").contentLength == nil, "\(text)")
        }
        #expect(head("HTTP/1.1 2000000 OK").status == 0 && head("HTTP/1.1").status == 0)
    }

    @Test func `addresses are https, and shown without what is secret`() throws {
        let address = try #require(HTTPSAddress("https://me:word@models.example:8443/a/b.pth?key=1#x"))
        #expect(address.shown == "https://models.example:8443/a/b.pth" && address.host == "models.example:8443")
        for text in [
            "http://a/b", "https://", "https:///b", "https://me@/b", "https://:80/b", "ftp://a", "https://a/ b",
            "https://a/ü",
            "https://a/\n", "https://a/" + String(repeating: "x", count: 5000),
        ] {
            #expect(HTTPSAddress(text) == nil, "\(text)")
        }
    }
}
