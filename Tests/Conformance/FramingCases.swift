extension ConformanceCase {
    /// `Content-Length` (RFC 9112, section 6.3; RFC 9110, section 8.6).
    static let contentLength: [ConformanceCase] = [
        .served(
            "content of a length", "9112 6.3", content("Content-Length: 5", "hello"), 200, "content 5\n\nhello"),
        .served("no content", "9112 6.3", content("Content-Length: 0", ""), 200, "content 0\n\n"),
        .served("a POST without framing has none", "9112 6.3", content("A: b", ""), 200, "content 0\n\n"),
        .served("leading zeros", "9110 8.6", content("Content-Length: 0005", "hello"), 200, "content 5\n\nhello"),
        .served(
            "content that looks like a request", "9112 6.3",
            content("Content-Length: 28", "GET /evil HTTP/1.1\r\nA: b\r\n\r\n"),
            200, "content 28\n\nGET /evil"),
        .served(
            "content of NUL and line ends", "9112 6", content("Content-Length: 6", "\u{0}\r\n\r\n\u{FF}"), 200,
            "content 6\n\n"),
        .refused(400, "the same length twice", "9112 6.3", content("Content-Length: 5\r\nContent-Length: 5", "hello")),
        .refused(400, "two lengths", "9112 6.3", content("Content-Length: 5\r\nContent-Length: 6", "hello!")),
        .refused(400, "a list of the same length", "9112 6.3", content("Content-Length: 5, 5", "hello")),
        .refused(400, "a list of lengths", "9112 6.3", content("Content-Length: 5, 6", "hello!")),
        .refused(400, "a plus sign", "9110 8.6", content("Content-Length: +5", "hello")),
        .refused(400, "a minus sign", "9110 8.6", content("Content-Length: -5", "hello")),
        .refused(400, "minus zero", "9110 8.6", content("Content-Length: -0", "")),
        .refused(400, "an empty length", "9110 8.6", content("Content-Length:", "")),
        .refused(400, "a hexadecimal length", "9110 8.6", content("Content-Length: 0x5", "hello")),
        .refused(400, "an exponent", "9110 8.6", content("Content-Length: 5e0", "hello")),
        .refused(400, "a decimal point", "9110 8.6", content("Content-Length: 5.0", "hello")),
        .refused(400, "a space within", "9110 8.6", content("Content-Length: 1 5", "hello")),
        .refused(400, "a length in quotes", "9110 8.6", content("Content-Length: \"5\"", "hello")),
        .refused(400, "digits of another script", "9110 8.6", content("Content-Length: \u{D9}\u{A5}", "hello")),
        .refused(400, "an underscore", "9110 8.6", content("Content-Length: 1_0", "0123456789")),
        .refused(413, "a length beyond the limit", "9110 15.5.14", content("Content-Length: 99999999", "")),
        .refused(413, "a length of 2^63", "9110 8.6", content("Content-Length: 9223372036854775808", "")),
        .refused(413, "a length of 2^64 + 5", "9110 8.6", content("Content-Length: 18446744073709551621", "hello")),
        .refused(
            413, "a length of 1000 digits", "9110 8.6",
            content("Content-Length: \(String(repeating: "9", count: 1000))", "")),
        ConformanceCase(
            name: "content cut by the client's end is not served", clause: "9112 8",
            steps: [.send(octets(content("Content-Length: 5", "he"))), .endOutput], answers: [], ending: .closed),
        ConformanceCase(
            name: "content octet by octet", clause: "9112 6.3",
            steps: [.trickle(octets(content("Content-Length: 5", "hello")))],
            answers: [Answer(status: 200, content: "content 5\n\nhello")], ending: .open),
    ]

    /// `Transfer-Encoding` (RFC 9112, sections 6.1 and 6.3).
    static let transferEncoding: [ConformanceCase] = [
        .served("chunked", "9112 7.1", chunked("5\r\nhello\r\n0\r\n\r\n"), 200, "content 5\n\nhello"),
        .served(
            "the coding's name in capitals", "9112 7", content("Transfer-Encoding: CHUNKED", "1\r\na\r\n0\r\n\r\n"),
            200,
            "content 1\n\na"),
        .served(
            "white space around the coding", "9110 5.5",
            content("Transfer-Encoding: \tchunked ", "1\r\na\r\n0\r\n\r\n"),
            200, "content 1\n\na"),
        .refused(
            400, "with Content-Length", "9112 6.1",
            content("Content-Length: 5\r\nTransfer-Encoding: chunked", "0\r\n\r\nGET /evil HTTP/1.1\r\n\r\n")),
        .refused(
            400, "before Content-Length", "9112 6.1",
            content("Transfer-Encoding: chunked\r\nContent-Length: 5", "0\r\n\r\n")),
        .refused(
            400, "with Content-Length: 0", "9112 6.1",
            content("Content-Length: 0\r\nTransfer-Encoding: chunked", "0\r\n\r\n")),
        .refused(
            400, "in HTTP/1.0", "9112 6.1", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        .refused(400, "chunked twice", "9112 6.1", content("Transfer-Encoding: chunked, chunked", "0\r\n\r\n")),
        .refused(
            400, "chunked twice, in two lines", "9112 6.1",
            content("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "0\r\n\r\n")),
        .refused(400, "chunked is not last", "9112 6.3", content("Transfer-Encoding: chunked, gzip", "0\r\n\r\n")),
        .refused(
            400, "chunked is not last, in two lines", "9112 6.3",
            content("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "0\r\n\r\n")),
        .refused(501, "gzip, chunked", "9112 6.1", content("Transfer-Encoding: gzip, chunked", "0\r\n\r\n")),
        .refused(501, "gzip", "9112 6.1", content("Transfer-Encoding: gzip", "")),
        .refused(501, "identity", "9112 7", content("Transfer-Encoding: identity", "")),
        .refused(501, "an unknown coding", "9112 6.1", content("Transfer-Encoding: xchunked", "0\r\n\r\n")),
        .refused(
            501, "a coding that starts as chunked", "9112 6.1", content("Transfer-Encoding: chunkedx", "0\r\n\r\n")),
        .refused(400, "an empty value", "9112 6.1", content("Transfer-Encoding:", "0\r\n\r\n")),
        .refused(400, "an empty element", "9112 6.1", content("Transfer-Encoding: , chunked", "0\r\n\r\n")),
        .refused(400, "a parameter of chunked", "9112 7.1", content("Transfer-Encoding: chunked;a=b", "0\r\n\r\n")),
        .refused(400, "chunked in quotes", "9112 7", content("Transfer-Encoding: \"chunked\"", "0\r\n\r\n")),
        .refused(400, "two words", "9112 7", content("Transfer-Encoding: x chunked", "0\r\n\r\n")),
        .refused(400, "a vertical tab before it", "9112 7", content("Transfer-Encoding: \u{B}chunked", "0\r\n\r\n")),
        .refused(400, "a NUL behind it", "9112 7", content("Transfer-Encoding: chunked\u{0}", "0\r\n\r\n")),
        .refused(400, "a no-break space behind it", "9112 7", content("Transfer-Encoding: chunked\u{A0}", "0\r\n\r\n")),
        .refused(
            400, "a space before the colon of Transfer-Encoding", "9112 5.1",
            content("Transfer-Encoding : chunked", "0\r\n\r\n")),
        .refused(400, "a bare LF before it", "9112 2.2", content("A: b\nTransfer-Encoding: chunked", "0\r\n\r\n")),
        .served(
            "an underscore makes another field", "9110 5.1", content("Transfer_Encoding: chunked", ""), 200,
            "content 0\n\n"),
    ]

    /// The chunked coding (RFC 9112, section 7.1).
    static let chunks: [ConformanceCase] = [
        .served("no chunks", "9112 7.1", chunked("0\r\n\r\n"), 200, "content 0\n\n"),
        .served("several chunks", "9112 7.1", chunked("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"), 200, "content 5\n\nhello"),
        .served(
            "sizes in either case", "9112 7.1", chunked("a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n"), 200,
            "content 20\n"),
        .served("zeros before a size", "9112 7.1", chunked("0005\r\nhello\r\n000\r\n\r\n"), 200, "content 5\n\nhello"),
        .served("line ends as data", "9112 7.1", chunked("4\r\n\r\n\r\n\r\n0\r\n\r\n"), 200, "content 4\n\n\r\n\r\n"),
        .served("an extension", "9112 7.1.1", chunked("1;a\r\nx\r\n0\r\n\r\n"), 200, "content 1\n\nx"),
        .served(
            "an extension with a value", "9112 7.1.1", chunked("1;a=b;c=d\r\nx\r\n0;e\r\n\r\n"), 200, "content 1\n\nx"),
        .served(
            "a quoted extension", "9112 7.1.1", chunked("1;a=\"b;\\\"c\"\r\nx\r\n0\r\n\r\n"), 200, "content 1\n\nx"),
        .served(
            "white space in extensions", "9112 7.1.1", chunked("1 ; a = b\r\nx\r\n0\r\n\r\n"), 200, "content 1\n\nx"),
        .served(
            "trailers are dropped", "9110 6.5", chunked("1\r\nx\r\n0\r\nA: b\r\nC: d\r\n\r\n"), 200, "content 1\n\nx"),
        .served(
            "a trailer cannot frame", "9110 6.5.1", chunked("1\r\nx\r\n0\r\nContent-Length: 50\r\n\r\n"), 200,
            "content 1\n\nx"),
        .refused(400, "a size that is no number", "9112 7.1", chunked("g\r\nx\r\n0\r\n\r\n")),
        .refused(400, "an empty size", "9112 7.1", chunked("\r\nx\r\n0\r\n\r\n")),
        .refused(400, "a prefix 0x", "9112 7.1", chunked("0x1\r\nx\r\n0\r\n\r\n")),
        .refused(400, "a plus sign before a size", "9112 7.1", chunked("+1\r\nx\r\n0\r\n\r\n")),
        .refused(400, "a minus sign before a size", "9112 7.1", chunked("-1\r\nx\r\n0\r\n\r\n")),
        .refused(400, "white space before a size", "9112 7.1", chunked(" 1\r\nx\r\n0\r\n\r\n")),
        .refused(400, "white space behind a size", "9112 7.1", chunked("1 \r\nx\r\n0\r\n\r\n")),
        .refused(400, "an underscore in a size", "9112 7.1", chunked("1_0\r\n0123456789012345\r\n0\r\n\r\n")),
        .refused(400, "a size of 16 digits", "9112 7.1", chunked("FFFFFFFFFFFFFFFF\r\nx")),
        .refused(400, "a size that wraps round to 1", "9112 7.1", chunked("10000000000000001\r\nx\r\n0\r\n\r\n")),
        .refused(413, "a size beyond the limit", "9110 15.5.14", chunked("FFFFFFF\r\n")),
        .refused(400, "data longer than its size", "9112 7.1", chunked("1\r\nxy\r\n0\r\n\r\n")),
        .refused(400, "data shorter than its size", "9112 7.1", chunked("3\r\nx\r\n0\r\n\r\n")),
        .refused(400, "a bare LF behind a size", "9112 7.1", chunked("1\nx\r\n0\r\n\r\n")),
        .refused(400, "a bare LF behind data", "9112 7.1", chunked("1\r\nx\n0\r\n\r\n")),
        .refused(400, "a bare CR behind a size", "9112 7.1", chunked("1\rx\r\n0\r\n\r\n")),
        .refused(400, "a bare LF at the end", "9112 7.1", chunked("1\r\nx\r\n0\r\n\n")),
        .refused(400, "a bare LF within an extension", "9112 7.1.1", chunked("1;a\nb\r\nx\r\n0\r\n\r\n")),
        .refused(400, "a NUL in an extension", "9112 7.1.1", chunked("1;a\u{0}\r\nx\r\n0\r\n\r\n")),
        .refused(400, "an extension without a name", "9112 7.1.1", chunked("1;\r\nx\r\n0\r\n\r\n")),
        .refused(400, "an open quotation", "9112 7.1.1", chunked("1;a=\"b\r\nx\r\n0\r\n\r\n")),
        .refused(400, "an extension of 2 KiB", "9112 7.1.1", chunked("1;a=\(String(repeating: "b", count: 2048))\r\n")),
        .refused(
            400, "an extension without end", "9112 7.1.1", chunked("1;a=\(String(repeating: "b", count: 64 << 10))")),
        .refused(
            400, "extensions without end", "9112 7.1.1",
            chunked(String(repeating: "1;a=\(String(repeating: "b", count: 900))\r\nx\r\n", count: 64))),
        .refused(400, "zeros without end", "9112 7.1", chunked(String(repeating: "0", count: 64 << 10))),
        .refused(400, "a trailer that is no field", "9112 7.1.2", chunked("0\r\nnonsense\r\n\r\n")),
        .refused(400, "a folded trailer", "9112 7.1.2", chunked("0\r\nA: b\r\n c\r\n\r\n")),
        .refused(400, "a NUL in a trailer", "9112 7.1.2", chunked("0\r\nA: b\u{0}\r\n\r\n")),
        .refused(
            431, "a trailer of 17 KiB", "9110 6.5",
            chunked("0\r\nA: \(String(repeating: "b", count: 17 << 10))\r\n\r\n")),
        .refused(
            431, "trailers without end", "9110 6.5", chunked("0\r\n" + String(repeating: "A: b\r\n", count: 8192))),
        ConformanceCase(
            name: "chunks octet by octet", clause: "9112 7.1",
            steps: [.trickle(octets(chunked("2;a=b\r\nhe\r\n3\r\nllo\r\n0\r\nA: b\r\n\r\n")))],
            answers: [Answer(status: 200, content: "content 5\n\nhello")], ending: .open),
        ConformanceCase(
            name: "chunks cut by the client's end are not served", clause: "9112 8",
            steps: [.send(octets(chunked("5\r\nhello\r\n"))), .endOutput], answers: [], ending: .closed),
        ConformanceCase(
            name: "a cut last chunk is not served", clause: "9112 8",
            steps: [.send(octets(chunked("5\r\nhello\r\n0\r\n"))), .endOutput], answers: [], ending: .closed),
    ]
}
