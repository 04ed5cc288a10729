import HTTP
import Testing

/// What is decided on the head alone: 100-continue, refusals, errors.
@Suite struct EarlyAnswerTests {
    static let expecting = "POST /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"

    @Test func theClientIsToldToContinue() {
        var connection = ConnectionHarness()
        connection.receive(EarlyAnswerTests.expecting)
        #expect(connection.output() == ["100"])
        connection.receive("body")
        connection.answer(0)
        #expect(connection.output() == ["200 /a"])
        #expect(connection.takeLog() == ["deliver 0 /a"])
    }

    @Test func aClientThatDidNotWaitIsNotTold() {
        var connection = ConnectionHarness()
        connection.receive(EarlyAnswerTests.expecting + "body")
        connection.answer(0)
        #expect(connection.output() == ["200 /a"])
    }

    @Test func continueWaitsForItsTurn() {
        var connection = ConnectionHarness()
        connection.receive(get("/first") + EarlyAnswerTests.expecting)
        #expect(connection.output() == [])
        // The content is not on the clock while its 100 is held back.
        #expect(connection.machine.nextDeadline == nil)
        connection.answer(0)
        #expect(connection.output() == ["200 /first", "100"])
        #expect(connection.machine.nextDeadline != nil)
    }

    @Test func anHTTP10ClientIsNotTold() {
        var connection = ConnectionHarness()
        connection.receive("POST /a HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
        #expect(connection.output() == [])
    }

    @Test func aRefusalComesInsteadOfContinue() {
        var connection = ConnectionHarness()
        connection.decision = .answer(Response(status: .unauthorized))
        connection.receive(EarlyAnswerTests.expecting)
        #expect(connection.output() == ["401 close"])
        #expect(connection.takeLog() == ["shutdown"])
        connection.end()
        #expect(connection.takeLog() == ["close"])
    }

    @Test func aRefusalWithoutContentKeepsTheConnection() {
        var connection = ConnectionHarness()
        connection.decision = .answer(Response(status: .notFound))
        connection.receive(get("/a") + get("/b"))
        #expect(connection.output() == ["404", "404"])
        #expect(connection.takeLog() == [])
        connection.receive(get("/c", "Connection: close\r\n"))
        #expect(connection.output() == ["404 close"])
        #expect(connection.takeLog() == ["close"])
    }

    @Test func refusedContentIsDroppedUpToABound() {
        var connection = ConnectionHarness { $0.lingerBytes = 1000 }
        connection.decision = .answer(Response(status: .contentTooLarge))
        connection.receive("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nabc")
        #expect(connection.output() == ["413 close"])
        #expect(connection.takeLog() == ["shutdown"])
        #expect(connection.machine.wantsInput)
        connection.receive(bytes: [UInt8](repeating: 0, count: 987))
        #expect(connection.takeLog() == [])
        connection.receive(bytes: [UInt8](repeating: 0, count: 9))
        #expect(connection.takeLog() == [])
        connection.receive("x")
        #expect(connection.takeLog() == ["close"])
        #expect(!connection.machine.wantsInput)
        #expect(connection.machine.nextDeadline == nil)
    }

    @Test func refusedContentIsDroppedForATime() {
        var connection = ConnectionHarness()
        connection.decision = .answer(Response(status: .contentTooLarge))
        connection.receive("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nabc")
        connection.pass(.milliseconds(4999))
        #expect(connection.takeLog() == ["shutdown"])
        connection.receive("more")
        connection.pass(.milliseconds(1))
        #expect(connection.takeLog() == ["close"])
    }

    @Test func tooMuchContentIsRefusedBeforeItIsDecidedOn() {
        var connection = ConnectionHarness()
        connection.receive("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 20971521\r\n\r\n")
        #expect(connection.output() == ["413 close The content is larger than 20971520 bytes.\n"])
        #expect(connection.heads.isEmpty)
    }

    @Test func aRouteMayLowerTheLimit() {
        var connection = ConnectionHarness()
        connection.decision = .accept(bodyLimit: 3)
        connection.receive(post("/a", "four"))
        #expect(connection.output() == ["413 close The content is larger than 3 bytes.\n"])
        var chunked = ConnectionHarness()
        chunked.decision = .accept(bodyLimit: 3)
        chunked.receive("POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n2\r\n")
        #expect(chunked.output() == ["413 close The content is larger than 3 bytes.\n"])
        #expect(chunked.takeLog() == ["shutdown"])
    }

    @Test func anErrorWaitsForTheAnswersBeforeIt() {
        var connection = ConnectionHarness()
        connection.receive(get("/a") + get("/b") + "nonsense\r\n\r\n" + get("/c"))
        #expect(connection.takeLog() == ["deliver 0 /a", "deliver 1 /b"])
        connection.answer(1)
        connection.answer(0)
        #expect(
            connection.output() == [
                "200 /a", "200 /b", "400 close The request line is not a method, a target and an HTTP version.\n",
            ])
        #expect(connection.takeLog() == ["shutdown"])
    }

    @Test func anErrorInHeadHasNoContent() {
        var connection = ConnectionHarness()
        connection.receive("HEAD /a HTTP/1.1\r\n\r\n")
        let text = String(decoding: connection.writes.joined(), as: UTF8.self)
        #expect(text.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
        #expect(text.hasSuffix("Connection: close\r\n\r\n"))
    }

    @Test func theServerMakesItsOwnErrorContent() {
        var connection = ConnectionHarness {
            $0.refusal = { error, _ in
                Response(status: error.status, contentType: "application/problem+json", body: Array("{}".utf8))
            }
        }
        connection.receive("\u{16}\u{3}\u{1}")
        #expect(connection.output() == ["400 close {}"])
    }
}
