import HTTP
import Synchronization
import Testing

/// What is told of requests that no handler answers.
@Suite struct RequestOutlineTests {
    /// What refusals were made of.
    private final class Refusals: Sendable {
        let told = Mutex<[(error: RequestError, request: RequestOutline)]>([])
    }

    /// The refusal that a connection comes to.
    private func refusal(of text: String, then event: (inout ConnectionHarness) -> Void = { _ in }) throws
        -> (error: RequestError, request: RequestOutline)
    {
        let refusals = Refusals()
        var connection = ConnectionHarness {
            $0.refusal = { error, request in
                refusals.told.withLock { $0.append((error, request)) }
                return Response(status: error.status)
            }
        }
        connection.receive(text)
        event(&connection)
        let told = refusals.told.withLock { $0 }
        #expect(told.count == 1)
        return try #require(told.first)
    }

    // MARK: Refusals

    @Test(
        arguments: [
            ("\u{16}\u{3}\u{1}", nil, nil, nil), ("GET\r\n\r\n", nil, nil, nil),
            ("GET /a HTTP/2.1\r\n\r\n", .get, nil, nil),
            ("GET /%zz?a=/b HTTP/1.1\r\n\r\n", .get, nil, "/%zz"), ("GET /a?b=%zz HTTP/1.1\r\n\r\n", .get, nil, "/a"),
            ("POST /a%20b?c=d HTTP/1.1\r\n\r\n", .post, "/a b", nil),
            ("GET /a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", .get, "/a", nil),
            ("GET /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: br\r\n\r\n", .get, "/a", nil),
        ] as [(String, Method?, String?, String?)])
    func aRefusalKnowsWhatTheHeadSaidSoFar(text: String, method: Method?, path: String?, unread: String?) throws {
        let request = try refusal(of: text).request
        #expect(
            request == RequestOutline(method: method, path: path, unreadPath: unread, remoteAddress: "192.0.2.1"))
    }

    @Test func aRefusalOfContentKnowsTheHead() throws {
        let (error, request) = try refusal(
            of: "POST /a HTTP/1.1\r\nHost: h\r\nX-Request-Id: 7\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcdef")
        #expect(error == .invalidChunk)
        #expect(request.head?.headers["X-Request-Id"] == "7")
        #expect(request.method == .post && request.path == "/a" && request.contentBytes == 3)
    }

    @Test func slownessIsToldOfTheRequestThatIsSlow() throws {
        let head = try refusal(of: get("/first") + "POST /slow HTTP/1.1\r\nHo") { connection in
            connection.answer(0)
            connection.pass(.seconds(10))
        }
        #expect(head.error == .headerTimeout(seconds: 10))
        #expect(head.request == RequestOutline(method: .post, path: "/slow", remoteAddress: "192.0.2.1"))
        let content = try refusal(of: "POST /slow HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabcd") {
            $0.pass(.seconds(31))
        }
        #expect(content.error == .bodyTimeout(seconds: 30))
        #expect(content.request.path == "/slow" && content.request.contentBytes == 4)
    }

    @Test func aRequestThatFollowsOneIsNotTakenForIt() throws {
        let refused = try refusal(of: post("/first", "abc") + "\u{1}") { $0.answer(0) }
        #expect(refused.request == RequestOutline(remoteAddress: "192.0.2.1"))
    }

    // MARK: Clients that leave

    private static let half = "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nx"

    @Test(arguments: [AbortCause.closed, .reset]) func aClientThatLeavesMidwayIsNoted(cause: AbortCause) throws {
        func aborted(_ text: String, _ configure: (inout ConnectionConfiguration) -> Void = { _ in })
            -> [(request: RequestOutline, cause: AbortCause)]
        {
            var connection = ConnectionHarness(configure)
            connection.receive(text)
            if cause == .closed { connection.end() } else { connection.fail() }
            connection.fail()
            connection.pass(.seconds(100))
            return connection.aborted
        }
        // What had begun to arrive.
        for text in [Self.half, get("/a") + Self.half] {
            let noted = try #require(aborted(text).first)
            #expect(noted.cause == cause)
            #expect(noted.request.path == "/b" && noted.request.contentBytes == 1)
            #expect(aborted(text).count == 1)
        }
        let head = try #require(aborted("GET /c HTTP/1.1\r\nHo").first)
        #expect(head.request == RequestOutline(method: .get, path: "/c", remoteAddress: "192.0.2.1"))
        #expect(aborted(get("/a") + Self.half) { $0.endOfInput = .abandon }.count == 1)
        // Nothing had, or all.
        for text in ["", "\r\n", get("/a"), post("/b", "abc"), "\u{1}"] { #expect(aborted(text).isEmpty, "\(text)") }
    }

    @Test func aConnectionThatTheServerEndsIsNoAbortedUpload() {
        var connection = ConnectionHarness()
        connection.receive(Self.half)
        connection.cut()
        #expect(connection.machine.isClosed && connection.aborted.isEmpty)
    }

    @Test func contentThatNobodyWantedIsNotMissed() {
        var connection = ConnectionHarness()
        connection.decision = .answer(Response(status: .unauthorized))
        connection.receive(Self.half)
        connection.fail()
        #expect(connection.aborted.isEmpty)
    }
}
