import HTTP
import Testing

/// How a connection ends.
@Suite struct ClosingTests {
    @Test func closeIsSaidAndDone() {
        var connection = ConnectionHarness()
        connection.receive(get("/a", "Connection: close\r\n"))
        connection.writesAtOnce = false
        connection.answer(0)
        #expect(connection.output() == ["200 close /a"])
        #expect(connection.takeLog() == ["deliver 0 /a"])
        connection.drainWrites()
        #expect(connection.takeLog() == ["close"])
        #expect(connection.machine.isClosed)
        #expect(!connection.machine.wantsInput)
    }

    @Test func http10ClosesUnlessAskedToStay() {
        var connection = ConnectionHarness()
        connection.receive("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        connection.answer(0)
        #expect(connection.output() == ["200 keep-alive /a"])
        connection.receive("GET /b HTTP/1.0\r\n\r\n")
        connection.answer(1)
        #expect(connection.output() == ["200 close /b"])
        #expect(connection.takeLog().last == "close")
    }

    @Test func inputAfterCloseIsDroppedAndLingersOver() {
        var connection = ConnectionHarness()
        connection.receive(get("/a", "Connection: close\r\n") + get("/b"))
        connection.answer(0)
        #expect(connection.takeLog() == ["deliver 0 /a", "shutdown"])
        connection.end()
        #expect(connection.takeLog() == ["close"])
    }

    @Test func aHalfClosedClientGetsItsAnswers() {
        var connection = ConnectionHarness { $0.maximumPipelinedRequests = 1 }
        connection.receive(get("/a") + get("/b"))
        connection.end()
        #expect(!connection.machine.wantsInput)
        connection.answer(0)
        connection.answer(1)
        #expect(connection.output() == ["200 /a", "200 close /b"])
        #expect(connection.takeLog() == ["deliver 0 /a", "deliver 1 /b", "close"])
    }

    @Test func aHalfClosedClientMayCountAsGone() {
        var connection = ConnectionHarness { $0.endOfInput = .abandon }
        connection.receive(get("/a") + get("/b"))
        connection.end()
        #expect(connection.takeLog() == ["deliver 0 /a", "deliver 1 /b", "cancel 0", "cancel 1", "close"])
        connection.answer(0)
        #expect(connection.output() == [])
    }

    @Test(arguments: ["", "\r\n", "GET / HT", "GET / HTTP/1.1\r\nHost: a\r\n", post("/", "abc").dropLast().description])
    func theEndBeforeARequestIsCompleteCloses(_ text: String) {
        var connection = ConnectionHarness()
        connection.receive(text)
        connection.end()
        #expect(connection.takeLog() == ["close"])
        #expect(connection.output() == [])
    }

    @Test func theEndDuringARequestLetsEarlierOnesBeAnswered() {
        var connection = ConnectionHarness()
        connection.receive(get("/a") + "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nx")
        connection.end()
        #expect(connection.takeLog() == ["deliver 0 /a"])
        connection.answer(0)
        #expect(connection.output() == ["200 close /a"])
        #expect(connection.takeLog() == ["close"])
    }

    @Test func theEndWhileAHeadIsDecidedOn() {
        var connection = ConnectionHarness()
        connection.decision = nil
        connection.receive(get("/a"))
        connection.end()
        #expect(connection.takeLog() == ["decide 0"])
        connection.decide(0, .accept())
        connection.answer(0)
        #expect(connection.output() == ["200 close /a"])
        #expect(connection.takeLog() == ["deliver 0 /a", "close"])

        var incomplete = ConnectionHarness()
        incomplete.decision = nil
        incomplete.receive(EarlyAnswerTests.expecting)
        incomplete.end()
        #expect(incomplete.takeLog() == ["decide 0", "close"])
        incomplete.decide(0, .accept())
        #expect(incomplete.takeLog() == [])
    }

    @Test func aFailedConnectionCancelsWhatIsInFlight() {
        var connection = ConnectionHarness()
        connection.receive(get("/a") + get("/b") + get("/c") + "GET /d")
        connection.answer(1)
        connection.fail()
        #expect(
            connection.takeLog()
                == ["deliver 0 /a", "deliver 1 /b", "deliver 2 /c", "cancel 0", "cancel 2", "close"])
        connection.fail()
        connection.end()
        connection.receive(get("/e"))
        connection.answer(0)
        connection.drain()
        connection.pass(.seconds(100))
        #expect(connection.takeLog() == [])
        #expect(connection.output() == [])
    }

    @Test func drainingClosesAnIdleConnectionAtOnce() {
        var fresh = ConnectionHarness()
        fresh.drain()
        #expect(fresh.takeLog() == ["close"])
        var used = ConnectionHarness()
        used.receive(get("/a"))
        used.answer(0)
        used.drain()
        #expect(used.takeLog() == ["deliver 0 /a", "close"])
        #expect(used.output() == ["200 /a"])
    }

    @Test func drainingAnswersWhatWasAsked() {
        var connection = ConnectionHarness()
        connection.receive(get("/a") + get("/b"))
        connection.drain()
        connection.receive(get("/late"))
        connection.answer(0)
        connection.answer(1)
        #expect(connection.output() == ["200 /a", "200 close /b"])
        #expect(connection.takeLog() == ["deliver 0 /a", "deliver 1 /b", "shutdown"])
        connection.end()
        #expect(connection.takeLog() == ["close"])
    }

    @Test func drainingLetsARequestArrive() {
        var connection = ConnectionHarness()
        connection.receive(get("/a") + "POST /b HTTP/1.1\r\nHost: a\r\nContent-Le")
        connection.drain()
        connection.answer(0)
        #expect(connection.output() == ["200 /a"])
        connection.receive("ngth: 2\r\n\r\nx")
        connection.receive("y")
        connection.answer(1)
        #expect(connection.output() == ["200 close /b"])
        #expect(connection.takeLog() == ["deliver 0 /a", "deliver 1 /b", "shutdown"])
    }

    @Test func drainingWaitsForWrites() {
        var connection = ConnectionHarness()
        connection.writesAtOnce = false
        connection.receive(get("/a"))
        connection.answer(0)
        connection.drain()
        #expect(connection.takeLog() == ["deliver 0 /a"])
        connection.drainWrites()
        #expect(connection.takeLog() == ["shutdown"])
    }
}
