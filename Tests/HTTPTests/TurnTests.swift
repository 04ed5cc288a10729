import HTTP
import Testing

/// One read can hold thousands of requests: they are begun a few a turn, so that others get theirs in between.
@Suite struct TurnTests {
    private func requests(_ count: Int) -> String { (0..<count).map { get("/\($0)") }.joined() }

    @Test func aTurnBeginsSoManyRequests() {
        var connection = ConnectionHarness { $0.requestsPerTurn = 3 }
        connection.takesTurnsAtOnce = false
        connection.decision = .answer(Response(text: "ok"))
        connection.receive(requests(8))
        #expect(connection.heads.map(\.head.path) == ["/0", "/1", "/2"])
        #expect(connection.machine.wantsTurn && !connection.machine.wantsInput)
        connection.takeTurn()
        #expect(connection.heads.count == 6 && connection.machine.wantsTurn)
        connection.takeTurn()
        #expect(connection.heads.count == 8 && !connection.machine.wantsTurn && connection.machine.wantsInput)
        #expect(connection.output() == Array(repeating: "200 ok", count: 8))
    }

    @Test func anAnswerThatComesLaterBeginsNoMoreThanTheTurnAllows() {
        var connection = ConnectionHarness {
            $0.requestsPerTurn = 2
            $0.maximumPipelinedRequests = 1
        }
        connection.takesTurnsAtOnce = false
        connection.receive(requests(4))
        #expect(connection.deliveries.count == 1)
        // What is waited for is the answer.
        #expect(!connection.machine.wantsTurn)
        connection.answer(0)
        #expect(connection.deliveries.count == 2)
        connection.answer(1)
        #expect(connection.deliveries.count == 2 && connection.machine.wantsTurn)
        connection.takeTurn()
        #expect(connection.deliveries.count == 3)
    }

    @Test func answersThatAreNotTakenStopTheReading() {
        var connection = ConnectionHarness { $0.maximumUnwrittenBytes = 1000 }
        connection.writesAtOnce = false
        connection.decision = .answer(Response(text: String(repeating: "x", count: 600)))
        connection.receive(requests(8))
        #expect(connection.heads.count == 2)
        #expect(!connection.machine.wantsInput && !connection.machine.wantsTurn)
        connection.drainWrites()
        #expect(connection.heads.count == 4)
    }

    @Test func theEndOfTheInputLosesNothingThatWaitsForItsTurn() {
        var connection = ConnectionHarness { $0.requestsPerTurn = 1 }
        connection.takesTurnsAtOnce = false
        connection.decision = .answer(Response(text: "ok"))
        connection.receive(requests(3))
        connection.end()
        for _ in 0..<2 { connection.takeTurn() }
        #expect(connection.output() == ["200 ok", "200 ok", "200 ok"])
        #expect(connection.takeLog() == ["close"])
    }

    @Test func chunksOfOneByteTakeManyTurns() {
        var connection = ConnectionHarness { $0.lineBytesPerTurn = 8 << 10 }
        connection.takesTurnsAtOnce = false
        let chunks = String(repeating: "1\r\nx\r\n", count: 10_000)
        connection.receive(
            "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + "0\r\n\r\n" + get("/b"))
        var turns = 1
        while connection.machine.wantsTurn {
            connection.takeTurn()
            turns += 1
        }
        #expect(turns == 60_000 / (8 << 10) + 1)
        #expect(connection.deliveries.map(\.request.body.count) == [10_000, 0])
    }

    @Test func contentOfAKnownLengthTakesOne() {
        var connection = ConnectionHarness { $0.lineBytesPerTurn = 1 << 10 }
        connection.takesTurnsAtOnce = false
        connection.receive(post("/a", String(repeating: "x", count: 100_000)))
        #expect(connection.deliveries.map(\.request.body.count) == [100_000] && !connection.machine.wantsTurn)
    }
}
