extension ConformanceCase {
    private static let get = "GET /livez HTTP/1.1\r\nHost: h\r\n\r\n"

    /// Methods (RFC 9110, section 9) and the answers to them.
    static let methods: [ConformanceCase] = [
        ConformanceCase(
            name: "HEAD has the length and no content", clause: "9110 9.3.2",
            steps: [.send(octets("HEAD /livez HTTP/1.1\r\nHost: h\r\n\r\n"))],
            answers: [Answer(status: 200, isToHead: true, fields: ["content-length": "3"])], ending: .open),
        ConformanceCase(
            name: "HEAD of an unknown path", clause: "9110 9.3.2",
            steps: [.send(octets("HEAD /nowhere HTTP/1.1\r\nHost: h\r\n\r\n"))],
            answers: [Answer(status: 404, isToHead: true)], ending: .open),
        ConformanceCase(
            name: "a refused HEAD has no content", clause: "9110 9.3.2",
            steps: [.send(octets("HEAD /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"))],
            answers: [Answer(status: 400, isToHead: true)], ending: .closed),
        .served(
            "OPTIONS names the methods", "9110 9.3.7", "OPTIONS /livez HTTP/1.1\r\nHost: h\r\n\r\n", 204,
            fields: ["allow": "GET, HEAD, OPTIONS", "content-length": nil]),
        .served(
            "405 names the methods", "9110 15.5.6", "DELETE /livez HTTP/1.1\r\nHost: h\r\n\r\n", 405,
            fields: ["allow": "GET, HEAD, OPTIONS"]),
        .served(
            "PUT where there is none", "9110 15.5.6", "PUT /livez HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", 405
        ),
        .served("TRACE is not served", "9110 9.3.8", "TRACE /livez HTTP/1.1\r\nHost: h\r\n\r\n", 405),
        .served("an unknown method", "9110 15.6.2", "BREW /livez HTTP/1.1\r\nHost: h\r\n\r\n", 501),
        .served("methods have a case", "9110 9.1", "get /livez HTTP/1.1\r\nHost: h\r\n\r\n", 501),
        .served("GET with content", "9110 9.3.1", "GET /livez HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"),
        .served(
            "PUT and its content", "9110 9.3.4", "PUT /echo/a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi", 200,
            "method PUT\n", scope: .echo),
        .served(
            "PATCH and its content", "5789 2", "PATCH /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi", 200,
            "method PATCH\n", scope: .echo),
        .served(
            "204 has neither content nor length", "9110 15.3.5", "GET /empty HTTP/1.1\r\nHost: h\r\n\r\n", 204,
            fields: ["content-length": nil], scope: .echo),
        .served(
            "304 has no content", "9110 15.4.5", "GET /unmodified HTTP/1.1\r\nHost: h\r\n\r\n", 304, scope: .echo),
        .served(
            "a value from the client splits no answer", "9112 11.1",
            "GET /split?value=a%0D%0AX-Evil:%201%0D%0A%0D%0Ab HTTP/1.1\r\nHost: h\r\n\r\n", 200, "split\n",
            fields: ["x-evil": nil, "x-value": "a  X-Evil: 1    b"], scope: .echo),
        .served(
            "Date and Server", "9110 6.6.1", get, fields: ["transfer-encoding": nil, "connection": nil]),
    ]

    /// Persistent connections (RFC 9112, section 9).
    static let persistence: [ConformanceCase] = [
        .last("Connection: close", "9112 9.6", fields("Connection: close")),
        .last("close in capitals", "9110 7.6.1", fields("Connection: CLOSE")),
        .last("close in a list", "9110 7.6.1", fields("Connection: upgrade, close")),
        .last("close in a second line", "9110 7.6.1", fields("Connection: keep-alive\r\nConnection: close")),
        .last("close wins over keep-alive", "9112 9.3", fields("Connection: close, keep-alive")),
        .served("keep-alive need not be said", "9112 9.3", fields("Connection: keep-alive")),
        .served("an unknown option", "9110 7.6.1", fields("Connection: foo")),
        .served("a longer word than close", "9110 7.6.1", fields("Connection: closed")),
        .served("an upgrade is not taken", "9110 7.8", fields("Connection: upgrade\r\nUpgrade: websocket")),
        .served("an upgrade to HTTP/2 is not taken", "9110 7.8", fields("Connection: upgrade\r\nUpgrade: h2c")),
        .last("HTTP/1.0 closes", "9112 9.3", "GET /livez HTTP/1.0\r\nHost: h\r\n\r\n"),
        .served(
            "HTTP/1.0 with keep-alive", "9112 9.3", "GET /livez HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\n",
            fields: ["connection": "keep-alive"]),
        .served(
            "HTTP/1.0 with Keep-Alive", "9112 9.3", "GET /livez HTTP/1.0\r\nHost: h\r\nConnection: Keep-Alive\r\n\r\n"),
        .last("HTTP/1.0 with close", "9112 9.3", "GET /livez HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n"),
        .last(
            "HTTP/1.0 with content", "9112 6.3", "POST /echo HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello"),
        ConformanceCase(
            name: "requests behind the last one are dropped", clause: "9112 9.6",
            steps: [.send(octets(fields("Connection: close") + get))], answers: [Answer(status: 200)], ending: .closed),
        ConformanceCase(
            name: "the client's end behind a request", clause: "9112 9.6", steps: [.send(octets(get)), .endOutput],
            answers: [Answer(status: 200)], ending: .closed),
        ConformanceCase(
            name: "the client's end behind two requests", clause: "9112 9.6",
            steps: [.send(octets(get + get)), .endOutput], answers: [Answer(status: 200), Answer(status: 200)],
            ending: .closed),
        ConformanceCase(
            name: "the client's end while an answer is made", clause: "9112 9.6",
            steps: [.send(octets("GET /later HTTP/1.1\r\nHost: h\r\n\r\n")), .endOutput],
            answers: [Answer(status: 200)], ending: .closed, scope: .echo),
        ConformanceCase(
            name: "the client's end within a head", clause: "9112 8",
            steps: [.send(octets("GET /livez HTTP/1.1\r\nHo")), .endOutput], answers: [], ending: .closed),
        ConformanceCase(
            name: "the client's end and nothing else", clause: "9112 9.6", steps: [.endOutput], answers: [],
            ending: .closed),
        ConformanceCase(
            name: "a head octet by octet", clause: "9112 2.2", steps: [.trickle(octets(get))],
            answers: [Answer(status: 200)], ending: .open),
        ConformanceCase(
            name: "an early answer survives content that comes after it", clause: "9112 9.6",
            steps: [
                .send(octets("POST /closed HTTP/1.1\r\nHost: h\r\nContent-Length: 1048576\r\n\r\n")),
                .send([UInt8](repeating: 0x61, count: 1 << 20)),
            ],
            answers: [Answer(status: 401)], ending: .closed, scope: .echo),
        ConformanceCase(
            name: "a refusal survives content that comes after it", clause: "9112 9.6",
            steps: [
                .send(octets(content("Content-Length: 99999999", ""))),
                .send([UInt8](repeating: 0x61, count: 4 << 20)),
            ],
            answers: [Answer(status: 413)], ending: .closed),
        ConformanceCase(
            name: "chunks beyond the limit", clause: "9110 15.5.14",
            steps: [
                .send(octets(chunked(""))),
                .send(octets("1000000\r\n") + [UInt8](repeating: 0x61, count: 16 << 20) + octets("\r\n500000\r\n")),
                .send([UInt8](repeating: 0x61, count: 1 << 20)),
            ],
            answers: [Answer(status: 413)], ending: .closed, scope: .echo),
    ]

    /// Pipelining (RFC 9112, section 9.3.2).
    static let pipelining: [ConformanceCase] = [
        ConformanceCase(
            name: "two requests in one segment", clause: "9112 9.3.2", steps: [.send(octets(get + get))],
            answers: [Answer(status: 200), Answer(status: 200)], ending: .open),
        ConformanceCase(
            name: "forty requests in one segment", clause: "9112 9.3.2",
            steps: [.send(octets(String(repeating: get, count: 40)))],
            answers: [Answer](repeating: Answer(status: 200), count: 40), ending: .open),
        ConformanceCase(
            name: "a slow answer holds up the quick one behind it", clause: "9112 9.3.2",
            steps: [
                .send(octets("GET /later?a HTTP/1.1\r\nHost: h\r\n\r\nGET /echo/b HTTP/1.1\r\nHost: h\r\n\r\n"))
            ],
            answers: [
                Answer(status: 200, content: "target /later?a\n"), Answer(status: 200, content: "target /echo/b\n"),
            ], ending: .open, scope: .echo),
        ConformanceCase(
            name: "content between requests", clause: "9112 9.3.2",
            steps: [.send(octets(content("Content-Length: 2", "hi") + chunked("1\r\nx\r\n0\r\n\r\n") + get))],
            answers: [
                Answer(status: 200, content: "content 2\n\nhi"), Answer(status: 200, content: "content 1\n\nx"),
                Answer(status: 200),
            ], ending: .open),
        ConformanceCase(
            name: "HEAD between GETs", clause: "9110 9.3.2",
            steps: [.send(octets(get + "HEAD /livez HTTP/1.1\r\nHost: h\r\n\r\n" + get))],
            answers: [Answer(status: 200), Answer(status: 200, isToHead: true), Answer(status: 200)], ending: .open),
        ConformanceCase(
            name: "a refusal comes in its turn and ends it", clause: "9112 9.3.2",
            steps: [.send(octets(get + "BAD\r\n\r\n" + get))], answers: [Answer(status: 200), Answer(status: 400)],
            ending: .closed),
        ConformanceCase(
            name: "a refusal behind a slow answer", clause: "9112 9.3.2",
            steps: [.send(octets("GET /later HTTP/1.1\r\nHost: h\r\n\r\nBAD\r\n\r\n"))],
            answers: [Answer(status: 200), Answer(status: 400)], ending: .closed, scope: .echo),
        ConformanceCase(
            name: "an unknown path between", clause: "9112 9.3.2",
            steps: [.send(octets(get + "GET /nowhere HTTP/1.1\r\nHost: h\r\n\r\n" + get))],
            answers: [Answer(status: 200), Answer(status: 404), Answer(status: 200)], ending: .open),
        ConformanceCase(
            name: "an empty line behind content", clause: "9112 2.2",
            steps: [.send(octets(content("Content-Length: 2", "hi") + "\r\n" + get))],
            answers: [Answer(status: 200), Answer(status: 200)], ending: .open),
        ConformanceCase(
            name: "content longer than its length is the next request", clause: "9112 6.3",
            steps: [.send(octets(content("Content-Length: 2", "hi!!\r\n")))],
            answers: [Answer(status: 200), Answer(status: 400)], ending: .closed),
        ConformanceCase(
            name: "large answers in order", clause: "9112 9.3.2",
            steps: [
                .send(octets(String(repeating: "GET /large HTTP/1.1\r\nHost: h\r\n\r\n", count: 3) + get))
            ],
            answers: [Answer](repeating: Answer(status: 200, fields: ["content-length": "8388608"]), count: 3)
                + [Answer(status: 200)], ending: .open, scope: .echo),
    ]

    /// `Expect` (RFC 9110, section 10.1.1).
    static let expectations: [ConformanceCase] = [
        ConformanceCase(
            name: "100 before the content", clause: "9110 10.1.1",
            steps: [
                .send(octets(content("Expect: 100-continue\r\nContent-Length: 5", ""))), .awaitAnswer,
                .send(octets("hello")),
            ],
            answers: [Answer(status: 100), Answer(status: 200, content: "content 5\n\nhello")], ending: .open),
        ConformanceCase(
            name: "100 before chunks", clause: "9110 10.1.1",
            steps: [
                .send(octets(content("Expect: 100-Continue\r\nTransfer-Encoding: chunked", ""))), .awaitAnswer,
                .send(octets("1\r\nx\r\n0\r\n\r\n")),
            ],
            answers: [Answer(status: 100), Answer(status: 200, content: "content 1\n\nx")], ending: .open),
        .served(
            "no 100 where the content is there", "9110 10.1.1",
            content("Expect: 100-continue\r\nContent-Length: 5", "hello"), 200, "content 5\n\nhello"),
        .served("no 100 without content", "9110 10.1.1", fields("Expect: 100-continue")),
        .last(
            "HTTP/1.0 gets no 100", "9110 10.1.1",
            "POST /echo HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello"),
        .refused(417, "another expectation", "9110 15.5.18", content("Expect: 200-ok\r\nContent-Length: 5", "")),
        .refused(417, "an empty expectation", "9110 10.1.1", content("Expect:\r\nContent-Length: 5", "")),
        ConformanceCase(
            name: "a final answer in place of 100", clause: "9110 10.1.1",
            steps: [
                .send(octets("POST /closed HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"))
            ],
            answers: [Answer(status: 401)], ending: .closed, scope: .echo),
        .refused(
            413, "413 in place of 100", "9110 10.1.1", content("Expect: 100-continue\r\nContent-Length: 99999999", "")),
        ConformanceCase(
            name: "100 waits for the answer before it", clause: "9110 10.1.1",
            steps: [
                .send(
                    octets(
                        "GET /later HTTP/1.1\r\nHost: h\r\n\r\n"
                            + content("Expect: 100-continue\r\nContent-Length: 2", ""))),
                .awaitAnswer, .awaitAnswer, .send(octets("hi")),
            ],
            answers: [Answer(status: 200), Answer(status: 100), Answer(status: 200, content: "content 2\n\nhi")],
            ending: .open, scope: .echo),
    ]

    /// What is cut off by a clock, of a server whose times are some milliseconds.
    static let slowness: [ConformanceCase] = [
        .refused(408, "a request line that stops", "9110 15.5.9", "GET /li"),
        .refused(408, "a head that stops", "9110 15.5.9", "GET /livez HTTP/1.1\r\nHost: h\r\n"),
        .refused(408, "content that stops", "9110 15.5.9", content("Content-Length: 5", "he")),
        .refused(408, "chunks that stop", "9110 15.5.9", chunked("5\r\nhe")),
        .refused(408, "chunk extensions that stop", "9110 15.5.9", chunked("5;a=")),
        .refused(408, "trailers that stop", "9110 15.5.9", chunked("0\r\nA: b\r\n")),
        ConformanceCase(
            name: "content that never follows its 100", clause: "9110 15.5.9",
            steps: [.send(octets(content("Expect: 100-continue\r\nContent-Length: 5", "")))],
            answers: [Answer(status: 100), Answer(status: 408)], ending: .closed),
        ConformanceCase(
            name: "nothing at all is closed without a word", clause: "9112 9.5", steps: [], answers: [],
            ending: .closed),
        ConformanceCase(
            name: "an idle connection is closed without a word", clause: "9112 9.5",
            steps: [.send(octets(get)), .awaitAnswer], answers: [Answer(status: 200)], ending: .hungUp),
    ]

    /// All but ``slowness``.
    static let all =
        requestLine + target + fieldLines + host + contentLength + transferEncoding + chunks + methods + persistence
        + pipelining + expectations
}
