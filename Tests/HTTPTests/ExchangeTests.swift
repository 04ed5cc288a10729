import HTTP
import TestSupport
import Testing

/// Requests and answers in order: persistence, pipelining, HEAD.
@Suite struct ExchangeTests {
    @Test func oneRequestAfterAnother() {
        var connection = ConnectionHarness()
        for path in ["/a", "/b", "/c"] {
            connection.receive(get(path))
            connection.answer(connection.deliveries.count - 1)
            #expect(connection.output() == ["200 \(path)"])
        }
        #expect(connection.takeLog() == ["deliver 0 /a", "deliver 1 /b", "deliver 2 /c"])
        #expect(connection.deliveries[0].request.remoteAddress == "192.0.2.1")
        #expect(connection.machine.isIdle)
        #expect(connection.machine.wantsInput)
    }

    @Test func pipelinedAnswersKeepTheirOrder() {
        var connection = ConnectionHarness()
        connection.receive(get("/a") + post("/b", "body") + get("/c"))
        #expect(connection.takeLog() == ["deliver 0 /a", "deliver 1 /b", "deliver 2 /c"])
        #expect(connection.deliveries[1].request.body == Array("body".utf8))
        connection.answer(2)
        connection.answer(1)
        #expect(connection.output() == [])
        connection.answer(0)
        #expect(connection.output() == ["200 /a", "200 /b", "200 /c"])
    }

    @Test func anAnswerIsTakenOnce() {
        var connection = ConnectionHarness()
        connection.receive(get("/a") + get("/b"))
        connection.answer(1, "x")
        connection.answer(1, "y")
        connection.answer(0)
        connection.answer(0)
        #expect(connection.output() == ["200 /a", "200 x"])
    }

    @Test func pipeliningIsBounded() {
        var connection = ConnectionHarness { $0.maximumPipelinedRequests = 2 }
        connection.receive(get("/a") + get("/b") + get("/c") + get("/d"))
        #expect(connection.deliveries.count == 2)
        #expect(!connection.machine.wantsInput)
        connection.answer(1)
        #expect(connection.deliveries.count == 2)
        connection.answer(0)
        #expect(connection.deliveries.count == 4)
        #expect(connection.machine.wantsInput)
        connection.answer(2)
        connection.answer(3)
        #expect(connection.output() == ["200 /a", "200 /b", "200 /c", "200 /d"])
    }

    @Test func unansweredContentIsBounded() {
        var connection = ConnectionHarness { $0.maximumPipelinedBytes = 4 }
        connection.receive(post("/a", "12345") + post("/b", "1"))
        #expect(connection.deliveries.count == 1)
        connection.answer(0)
        #expect(connection.deliveries.count == 2)
    }

    @Test func unwrittenAnswersAreBounded() {
        var connection = ConnectionHarness { $0.maximumUnwrittenBytes = 100 }
        connection.writesAtOnce = false
        connection.receive(get("/a") + get("/b"))
        connection.answer(0)
        connection.answer(1)
        connection.receive(get("/c"))
        #expect(connection.deliveries.count == 2)
        #expect(!connection.machine.wantsInput)
        connection.drainWrites()
        #expect(connection.deliveries.count == 3)
        #expect(connection.machine.wantsInput)
    }

    @Test func answersThatWaitForTheirTurnAreBounded() {
        var connection = ConnectionHarness { $0.maximumUnwrittenBytes = 100 }
        connection.receive(get("/slow") + get("/b"))
        connection.answer(1, String(repeating: "b", count: 100))
        connection.receive(get("/c"))
        #expect(connection.deliveries.count == 2)
        connection.answer(0)
        #expect(connection.deliveries.count == 3)
    }

    /// Thousands of questions whose answers nobody takes.
    @Test func aFloodOfProbesHoldsLittle() {
        var connection = ConnectionHarness()
        connection.writesAtOnce = false
        let answer = Response(text: String(repeating: "a", count: 300))
        connection.decision = .answer(answer)
        let flood = String(repeating: get("/a"), count: 5000)
        connection.receive(flood)
        #expect(!connection.machine.wantsInput)
        #expect(connection.writes.reduce(0) { $0 + $1.count } < 65 << 10)
        #expect(connection.machine.heldBytes < flood.utf8.count + 65 << 10)
        while connection.heads.count < 5000 { connection.drainWrites() }
        connection.drainWrites()
        #expect(connection.machine.isIdle)
    }

    @Test func inputIsStillReadOnceWhileARequestIsHandled() {
        var connection = ConnectionHarness { $0.maximumPipelinedRequests = 1 }
        connection.receive(get("/a"))
        #expect(connection.machine.wantsInput)
        connection.receive(get("/b"))
        #expect(!connection.machine.wantsInput)
    }

    @Test func headHasALengthAndNoContent() {
        var connection = ConnectionHarness()
        connection.receive("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n")
        connection.answer(0, "12345")
        let text = String(decoding: connection.writes.joined(), as: UTF8.self)
        #expect(text.contains("Content-Length: 5\r\n"))
        #expect(text.hasSuffix("\r\n\r\n"))
    }

    @Test func aLargeAnswerIsNotCopied() {
        var connection = ConnectionHarness()
        connection.receive(get("/a"))
        let body = [UInt8](repeating: 7, count: 1 << 20)
        let response = Response(status: .ok, body: body)
        connection.perform(connection.machine.respond(response, to: connection.deliveries[0].id, at: connection.now))
        #expect(connection.writes.count == 2)
        let given = body.withUnsafeBufferPointer { $0.baseAddress }
        #expect(connection.writes[1].withUnsafeBufferPointer { $0.baseAddress } == given)
    }

    @Test func aSmallAnswerIsOneWrite() {
        var connection = ConnectionHarness()
        connection.receive(get("/a"))
        connection.answer(0)
        #expect(connection.writes.count == 1)
    }

    @Test func anUndecidedHeadHoldsBackWhatFollows() {
        var connection = ConnectionHarness()
        connection.decision = nil
        connection.receive(post("/a", "body") + get("/b"))
        #expect(connection.takeLog() == ["decide 0"])
        #expect(!connection.machine.wantsInput)
        #expect(connection.machine.nextDeadline == nil)
        connection.decide(0, .accept())
        #expect(connection.takeLog() == ["deliver 0 /a", "decide 1"])
        connection.decide(0, .accept())
        connection.decide(1, .accept())
        #expect(connection.takeLog() == ["deliver 1 /b"])
        #expect(connection.machine.wantsInput)
    }

    /// Any split of a session gives the same deliveries and answers.
    @Test(arguments: 0..<20 as Range<UInt64>) func anySplitGivesTheSame(_ seed: UInt64) {
        let session =
            get("/a") + post("/b", "body", "Expect: 100-continue\r\n") + "\r\n" + get("/c")
            + "POST /d HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n"
            + get("/e", "Connection: close\r\n") + get("/never")
        func run(_ pieces: [ArraySlice<UInt8>]) -> ([Request], [String]) {
            var connection = ConnectionHarness()
            for piece in pieces {
                connection.receive(bytes: Array(piece))
                for index in connection.deliveries.indices { connection.answer(index) }
            }
            return (connection.deliveries.map(\.request), connection.output().filter { $0 != "100" })
        }
        let bytes = Array(session.utf8)
        let whole = run([bytes[...]])
        #expect(whole.1 == ["200 /a", "200 /b", "200 /c", "200 /d", "200 close /e"])
        var generator = SeededGenerator(seed: seed)
        var pieces: [ArraySlice<UInt8>] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Int.random(in: 1...(seed == 0 ? 1 : 60), using: &generator)
            pieces.append(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
        let torn = run(pieces)
        #expect(torn.0 == whole.0)
        #expect(torn.1 == whole.1)
    }
}
