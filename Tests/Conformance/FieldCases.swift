extension ConformanceCase {
    /// Field lines (RFC 9112, section 5; RFC 9110, section 5).
    static let fieldLines: [ConformanceCase] = [
        .served("no white space behind the colon", "9112 5.1", fields("A:b")),
        .served("white space around the value", "9112 5.1", fields("A: \t b \t ")),
        .served("an empty value", "9110 5.5", fields("A:")),
        .served("octets above 127 in a value", "9110 5.5", fields("A: \u{E9}\u{FF}")),
        .served("every character of a token", "9110 5.6.2", fields("!#$%&'*+-.^_`|~09azAZ: b")),
        .served(
            "names in any case", "9110 5.1", "GET /livez HTTP/1.1\r\nhOST: h\r\n\r\n"),
        .served(
            "the value is trimmed", "9112 5.1", "GET /echo HTTP/1.1\r\nHost: h\r\nX-A: \t a b\t \r\n\r\n", 200,
            "field X-A: a b\n", scope: .echo),
        .served(
            "a colon in the value", "9112 5", "GET /echo HTTP/1.1\r\nHost: h\r\nX-A: a:b::\r\n\r\n", 200,
            "field X-A: a:b::\n", scope: .echo),
        .served(
            "lines of one name stay in order", "9110 5.3", "GET /echo HTTP/1.1\r\nX: 1\r\nHost: h\r\nX: 2\r\n\r\n", 200,
            "field X: 1\nfield Host: h\nfield X: 2\n", scope: .echo),
        .refused(400, "a space before the colon", "9112 5.1", fields("A : b")),
        .refused(400, "a tab before the colon", "9112 5.1", fields("A\t: b")),
        .refused(400, "a space before the colon of Host", "9112 5.1", "GET /livez HTTP/1.1\r\nHost : h\r\n\r\n"),
        .refused(400, "a space in a name", "9110 5.1", fields("A b: c")),
        .refused(400, "no name", "9112 5", fields(": b")),
        .refused(400, "no colon", "9112 5", fields("A")),
        .refused(400, "a name in quotes", "9110 5.1", fields("\"A\": b")),
        .refused(400, "an octet above 127 in a name", "9110 5.1", fields("\u{C9}: b")),
        .refused(400, "a NUL in a name", "9110 5.1", fields("A\u{0}: b")),
        .refused(400, "parentheses in a name", "9110 5.1", fields("A(b): c")),
        .refused(400, "a NUL in a value", "9110 5.5", fields("A: b\u{0}c")),
        .refused(400, "a control character in a value", "9110 5.5", fields("A: b\u{8}c")),
        .refused(400, "DEL in a value", "9110 5.5", fields("A: b\u{7F}c")),
        .refused(400, "a bare CR in a value", "9110 5.5", fields("A: b\rc")),
        .refused(400, "a bare CR that hides a field", "9112 2.2", fields("A: b\rContent-Length: 5")),
        .refused(400, "CR CR LF ends a field", "9112 2.2", fields("A: b\r")),
        .refused(400, "a bare LF ends a field", "9112 2.2", fields("A: b\nB: c")),
        .refused(400, "a bare LF ends the section", "9112 2.2", "GET /livez HTTP/1.1\r\nHost: h\r\n\n"),
        .refused(400, "a folded field", "9112 5.2", fields("A: b\r\n c")),
        .refused(400, "a field folded with a tab", "9112 5.2", fields("A: b\r\n\tc")),
        .refused(400, "a fold that hides Transfer-Encoding", "9112 5.2", fields("A: b\r\n Transfer-Encoding: chunked")),
        .refused(400, "a folded Transfer-Encoding", "9112 5.2", content("Transfer-Encoding:\r\n chunked", "0\r\n\r\n")),
        .refused(400, "a line of white space", "9112 5.2", fields(" ")),
        .refused(431, "101 fields", "6585 5", fields((0..<100).map { "A\($0): b" }.joined(separator: "\r\n"))),
        .served("100 fields", "6585 5", fields((0..<99).map { "A\($0): b" }.joined(separator: "\r\n"))),
        .refused(431, "a field of 17 KiB", "6585 5", fields("A: " + String(repeating: "b", count: 17 << 10))),
        .refused(431, "a field name without end", "6585 5", fields(String(repeating: "A", count: 64 << 10))),
        .refused(
            431, "fields without end", "6585 5",
            "GET /livez HTTP/1.1\r\nHost: h\r\n"
                + String(repeating: "A: \(String(repeating: "b", count: 1000))\r\n", count: 64)),
    ]

    /// `Host` (RFC 9110, section 7.2; RFC 9112, section 3.2).
    static let host: [ConformanceCase] = [
        .refused(400, "no Host", "9112 3.2", "GET /livez HTTP/1.1\r\n\r\n"),
        .served("an empty Host", "9112 3.2", "GET /livez HTTP/1.1\r\nHost:\r\n\r\n"),
        .served("a Host with a port", "9110 7.2", "GET /livez HTTP/1.1\r\nHost: h:8080\r\n\r\n"),
        .served("a Host with an empty port", "3986 3.2.3", "GET /livez HTTP/1.1\r\nHost: h:\r\n\r\n"),
        .served("an IPv4 address", "3986 3.2.2", "GET /livez HTTP/1.1\r\nHost: 127.0.0.1:80\r\n\r\n"),
        .served("an IPv6 address", "3986 3.2.2", "GET /livez HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"),
        .served("a Host behind other fields", "9110 7.2", "GET /livez HTTP/1.1\r\nA: b\r\nHost: h\r\n\r\n"),
        .refused(400, "two Hosts", "9112 3.2", "GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
        .refused(400, "the same Host twice", "9112 3.2", "GET /livez HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"),
        .refused(400, "a Host of two words", "9110 7.2", "GET /livez HTTP/1.1\r\nHost: a b\r\n\r\n"),
        .refused(400, "a Host with a path", "9110 7.2", "GET /livez HTTP/1.1\r\nHost: h/a\r\n\r\n"),
        .refused(400, "a Host with user information", "9110 7.2", "GET /livez HTTP/1.1\r\nHost: a@h\r\n\r\n"),
        .refused(400, "a Host with a scheme", "9110 7.2", "GET /livez HTTP/1.1\r\nHost: http://h\r\n\r\n"),
        .refused(400, "a Host with a bad port", "3986 3.2.3", "GET /livez HTTP/1.1\r\nHost: h:8o\r\n\r\n"),
        .refused(400, "a Host with a port too large", "3986 3.2.3", "GET /livez HTTP/1.1\r\nHost: h:65536\r\n\r\n"),
        .refused(400, "a Host with two ports", "3986 3.2.3", "GET /livez HTTP/1.1\r\nHost: h:1:2\r\n\r\n"),
        .refused(400, "an open bracket", "3986 3.2.2", "GET /livez HTTP/1.1\r\nHost: [::1\r\n\r\n"),
        .refused(400, "brackets around a name", "3986 3.2.2", "GET /livez HTTP/1.1\r\nHost: [name]\r\n\r\n"),
        .refused(400, "octets above 127", "3986 3.2.2", "GET /livez HTTP/1.1\r\nHost: h\u{E9}\r\n\r\n"),
        .last("HTTP/1.0 without Host", "9112 3.2", "GET /livez HTTP/1.0\r\n\r\n"),
    ]
}
