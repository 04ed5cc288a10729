import HTTP
import Testing

@Suite struct MessageValueTests {
    @Test func fieldsAreOrderedAndCaseless() {
        var fields: HeaderFields = ["A": "1", "B": "2", "a": "3"]
        #expect(fields["a"] == "1, 3")
        #expect(fields.first("A") == "1")
        #expect(fields.values("a") == ["1", "3"])
        #expect(fields.contains("b"))
        #expect(fields["c"] == nil)
        fields["A"] = "4"
        #expect(fields.map(\.value) == ["4", "2"])
        fields.add("Connection", "x, Close")
        #expect(fields.contains("connection", token: "close"))
        #expect(!fields.contains("connection", token: "clos"))
        fields["a"] = nil
        #expect(fields.map(\.name) == ["B", "Connection"])
        fields["C"] = "5"
        #expect(fields.last?.value == "5")
    }

    @Test func queryItems() throws {
        let items = try QueryItems(parsing: "a=1&&b&c=&=d&a=2%3d%26&e=x=y&%2B=+")
        #expect(items.map(\.name) == ["a", "b", "c", "", "a", "e", "+"])
        #expect(items.map(\.value) == ["1", "", "", "d", "2=&", "x=y", " "])
        #expect(items["a"] == "1")
        #expect(items.values("a") == ["1", "2=&"])
        #expect(try QueryItems(parsing: "").isEmpty)
        #expect(throws: RequestError.invalidPercentEncoding) { try QueryItems(parsing: "a=%2") }
    }

    @Test(
        arguments: [
            ("a%20b", "a b"), ("+", "+"), ("%e2%82%ac", "€"), ("", ""), ("%", nil), ("%1", nil), ("%gg", nil),
            ("%00", nil),
            ("%c0%80", nil), ("%+1", nil),
        ] as [(String, String?)])
    func percentDecoding(_ text: String, _ expected: String?) {
        #expect(PercentDecoding.decode(text) == expected)
    }

    @Test func methodsAndStatuses() {
        #expect(Method("PURGE")?.isKnown == false)
        #expect(Method("") == nil)
        #expect(Method("A B") == nil)
        #expect(Method("get") != .get)
        #expect(Method.patch.isKnown)
        #expect(StatusCode(99) == nil)
        #expect(StatusCode(600) == nil)
        #expect(StatusCode(413) == .contentTooLarge)
        #expect(StatusCode.contentTooLarge.description == "413 Content Too Large")
        #expect(StatusCode(599)?.description == "599")
        #expect(!StatusCode.noContent.allowsContent)
        #expect(!StatusCode.notModified.allowsContent)
    }

    @Test(
        arguments: [
            ("text/plain", "text/plain"), ("Text/HTML ; Charset=\"utf-8\"", "text/html;charset=utf-8"),
            ("a/b;c=\"d\\\"e f\"", "a/b;c=\"d\\\"e f\""), ("a/b; ;c=d", "a/b;c=d"), ("a/b;", "a/b"),
            ("multipart/form-data; boundary=----x'1", "multipart/form-data;boundary=----x'1"),
            ("text", nil), ("text/", nil), ("/x", nil), ("a/b c", nil), ("a/b;c", nil), ("a/b;c=", nil),
            ("a/b;c=d e", nil),
            ("a/b;c=\"d", nil), ("a/b, c/d", nil), ("a/b;c=d;C=e", nil), ("", nil), ("a/b;=c", nil),
        ] as [(String, String?)])
    func mediaTypes(_ text: String, _ expected: String?) {
        #expect(MediaType(text)?.description == expected)
    }

    static let knownDates: [(Int64, String)] = [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
        (1_709_164_800, "Thu, 29 Feb 2024 00:00:00 GMT"), (1_735_689_599, "Tue, 31 Dec 2024 23:59:59 GMT"),
        (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"), (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
        (-1, "Thu, 01 Jan 1970 00:00:00 GMT"), (Int64.max, "Fri, 31 Dec 9999 23:59:59 GMT"),
    ]

    @Test(arguments: knownDates)
    func dates(_ seconds: Int64, _ expected: String) {
        #expect(HTTPDate.format(unixSeconds: seconds) == expected)
    }
}
