import HTTP
import Testing

/// What a connection holds is known, and the server can refuse to hold more.
struct HeldBytesTests {
    private static let head = "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n"

    @Test func contentCountsUntilItIsDelivered() {
        var connection = ConnectionHarness()
        #expect(connection.machine.heldBytes == 0)
        connection.receive(Self.head + "abcd")
        #expect(connection.machine.heldBytes == 4)
        connection.receive("efghij")
        #expect(connection.machine.heldBytes == 0)
        connection.writesAtOnce = false
        connection.answer(0)
        #expect(connection.machine.heldBytes > 0)
        connection.drainWrites()
        #expect(connection.machine.heldBytes == 0)
    }

    @Test func answersThatWaitForTheirTurnCount() {
        var connection = ConnectionHarness()
        connection.receive(get("/slow") + get("/a") + get("/b"))
        connection.answer(1, String(repeating: "a", count: 1000))
        #expect(connection.machine.heldBytes == 1000)
        connection.answer(2, "bb")
        #expect(connection.machine.heldBytes == 1002)
        connection.answer(0)
        #expect(connection.machine.heldBytes == 0)
        connection.receive(get("/slow") + get("/a"))
        connection.answer(4, "cc")
        #expect(connection.machine.heldBytes == 2)
        connection.fail()
        #expect(connection.machine.heldBytes == 0)
    }

    @Test func inputThatWaitsForADecisionCounts() {
        var connection = ConnectionHarness()
        connection.decision = nil
        connection.receive(Self.head + "abcd")
        #expect(connection.machine.heldBytes == 4)
    }

    @Test func arrivingContentIsRefusedAndLetGoOf() {
        var connection = ConnectionHarness()
        connection.receive(Self.head + "abcd")
        connection.perform(connection.machine.refuseContent(.memoryFull(limit: 3), at: connection.now))
        #expect(connection.machine.heldBytes == 0)
        #expect(connection.output().map { $0.prefix(9) } == ["503 close"])
        #expect(connection.takeLog() == ["shutdown"])
    }

    @Test func whatIsNotContentIsNotRefused() {
        var connection = ConnectionHarness()
        connection.receive("GET /held HTTP/1.1\r\nHost: a\r\n\r\nGET /b HT")
        connection.perform(connection.machine.refuseContent(.memoryFull(limit: 0), at: connection.now))
        connection.answer(0)
        #expect(connection.output() == ["200 /held"])
    }
}
