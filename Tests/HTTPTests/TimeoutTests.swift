import HTTP
import Testing

/// The timers, on a clock set by hand.
@Suite struct TimeoutTests {
    @Test func anIdleConnectionClosesSilently() {
        var connection = ConnectionHarness()
        connection.receive(get("/a"))
        connection.answer(0)
        _ = connection.output()
        connection.pass(.milliseconds(59_999))
        #expect(connection.takeLog() == ["deliver 0 /a"])
        connection.pass(.milliseconds(1))
        #expect(connection.takeLog() == ["close"])
        #expect(connection.output() == [])
    }

    @Test func aNewConnectionHasTheHeaderTimeoutForItsFirstByte() {
        var connection = ConnectionHarness()
        connection.pass(.milliseconds(9_999))
        #expect(connection.takeLog() == [])
        connection.pass(.milliseconds(1))
        #expect(connection.takeLog() == ["close"])
        #expect(connection.output() == [])
    }

    @Test func aShorterIdleTimeoutHoldsForANewConnectionToo() {
        var connection = ConnectionHarness { $0.idleTimeout = .seconds(2) }
        connection.pass(.seconds(2))
        #expect(connection.takeLog() == ["close"])
    }

    @Test func idleTimeStartsAfterTheAnswer() {
        var connection = ConnectionHarness()
        connection.pass(.seconds(9))
        connection.receive(get("/a"))
        #expect(connection.machine.nextDeadline == nil)
        connection.pass(.seconds(1000))
        connection.answer(0)
        connection.pass(.milliseconds(59_999))
        #expect(connection.takeLog() == ["deliver 0 /a"])
        connection.pass(.milliseconds(1))
        #expect(connection.takeLog() == ["close"])
    }

    @Test func aSlowHeadIsAnswered408() {
        var connection = ConnectionHarness()
        connection.pass(.seconds(9))
        connection.receive("G")
        for byte in ["E", "T", " ", "/", "a", " ", "H", "T", "T"] {
            connection.pass(.seconds(1))
            connection.receive(byte)
        }
        #expect(connection.output() == [])
        connection.pass(.seconds(1))
        #expect(connection.output() == ["408 close The request line and header fields took longer than 10 s.\n"])
        #expect(connection.takeLog() == ["shutdown"])
        connection.pass(.seconds(5))
        #expect(connection.takeLog() == ["close"])
    }

    @Test func emptyLinesStartNoRequest() {
        var connection = ConnectionHarness()
        connection.receive("\r\n")
        connection.pass(.milliseconds(9_999))
        #expect(connection.takeLog() == [])
        connection.pass(.milliseconds(1))
        #expect(connection.takeLog() == ["close"])
        #expect(connection.output() == [])
    }

    @Test func aSlowHeadBehindAnUnansweredRequest() {
        var connection = ConnectionHarness()
        connection.receive(get("/a") + "GET")
        connection.pass(.seconds(10))
        #expect(connection.output() == [])
        connection.answer(0)
        #expect(connection.output().map { String($0.prefix(9)) } == ["200 /a", "408 close"])
    }

    @Test func aTrickleOfContentIsAnswered408() {
        var connection = ConnectionHarness()
        connection.receive("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
        for _ in 0..<29 {
            connection.pass(.seconds(1))
            connection.receive("x")
        }
        #expect(connection.output() == [])
        connection.pass(.milliseconds(1500))
        #expect(connection.output() == ["408 close The content took longer than 30 s and came too slowly.\n"])
        #expect(connection.takeLog() == ["shutdown"])
    }

    @Test func contentThatMovesMayTakeLonger() {
        var connection = ConnectionHarness { $0.minimumRate = 1000 }
        connection.receive("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 120000\r\n\r\n")
        for _ in 0..<120 {
            connection.pass(.seconds(1))
            connection.receive(bytes: [UInt8](repeating: 1, count: 1000))
        }
        #expect(connection.takeLog() == ["deliver 0 /a"])
    }

    @Test func withoutARateTheContentHasOneTime() {
        var connection = ConnectionHarness { $0.minimumRate = 0 }
        connection.receive("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 120000\r\n\r\n")
        for _ in 0..<29 {
            connection.pass(.seconds(1))
            connection.receive(bytes: [UInt8](repeating: 1, count: 4000))
        }
        #expect(connection.output() == [])
        connection.pass(.seconds(1))
        #expect(connection.output().map { String($0.prefix(3)) } == ["408"])
    }

    @Test func aStalledWriteClosesAndCancels() {
        var connection = ConnectionHarness()
        connection.writesAtOnce = false
        connection.receive(get("/a") + get("/b"))
        connection.answer(0)
        connection.pass(.milliseconds(29_999))
        #expect(connection.takeLog() == ["deliver 0 /a", "deliver 1 /b"])
        connection.pass(.milliseconds(1))
        #expect(connection.takeLog() == ["cancel 1", "close"])
    }

    @Test func anAnswerTakenFastEnoughMayTakeLonger() {
        var connection = ConnectionHarness { $0.minimumRate = 1000 }
        connection.writesAtOnce = false
        connection.receive(get("/a"))
        connection.answer(0, String(repeating: "a", count: 120_000))
        for _ in 0..<110 {
            connection.pass(.seconds(1))
            connection.write(1000)
        }
        #expect(connection.takeLog() == ["deliver 0 /a"])
        // What it has taken has bought time, in which it must go on all the same.
        connection.pass(.milliseconds(29_999))
        #expect(connection.takeLog() == [])
        connection.pass(.milliseconds(1))
        #expect(connection.takeLog() == ["close"])
    }

    @Test func anAnswerTakenByTheByteEndsInTime() {
        var connection = ConnectionHarness { $0.minimumRate = 1000 }
        connection.writesAtOnce = false
        connection.receive(get("/a"))
        connection.answer(0, String(repeating: "a", count: 120_000))
        for _ in 0..<30 {
            connection.pass(.seconds(1))
            #expect(connection.takeLog().contains("close") == false)
            connection.write(10)
        }
        // 300 bytes are 0.3 s more.
        connection.pass(.milliseconds(299))
        #expect(connection.takeLog() == [])
        connection.pass(.milliseconds(1))
        #expect(connection.takeLog() == ["close"])
    }

    @Test func theTimeForAnAnswerBeginsWhenThereIsOne() {
        var connection = ConnectionHarness()
        for number in 0..<4 {
            connection.writesAtOnce = false
            connection.receive(get("/a"))
            connection.pass(.seconds(50))
            connection.answer(number)
            connection.pass(.seconds(29))
            connection.drainWrites()
        }
        #expect(connection.takeLog() == (0..<4).map { "deliver \($0) /a" })
    }

    @Test func nothingHappensBeforeTheDeadline() {
        var connection = ConnectionHarness()
        connection.receive("GET")
        let deadline = connection.machine.nextDeadline
        #expect(deadline == connection.now.nanoseconds + 10_000_000_000)
        connection.now.nanoseconds += 9_999_999_999
        connection.perform(connection.machine.timePassed(at: connection.now))
        #expect(connection.takeLog() == [])
        #expect(connection.machine.nextDeadline == deadline)
    }

    @Test func theHandlerIsNotOnTheConnectionsClock() {
        var connection = ConnectionHarness()
        connection.receive(get("/a"))
        connection.pass(.seconds(100_000))
        connection.answer(0)
        #expect(connection.output() == ["200 /a"])
    }

    @Test func aWallClockThatJumpsChangesTheDateAlone() {
        var connection = ConnectionHarness()
        for (number, jump) in [0, 86_400, -1_000_000, 7, -700_000_000, 4_000_000_000].enumerated() {
            connection.now.unixSeconds += Int64(jump)
            connection.receive(get("/a"))
            connection.answer(number)
            let date = "Date: \(HTTPDate.format(unixSeconds: connection.now.unixSeconds))\r\n"
            #expect(connection.writes.last.map { String(decoding: $0, as: UTF8.self).contains(date) } == true)
            #expect(connection.takeLog() == ["deliver \(number) /a"])
            #expect(connection.machine.nextDeadline == connection.now.nanoseconds + 60_000_000_000)
            connection.pass(.seconds(59))
            #expect(connection.takeLog() == [])
        }
        connection.now.unixSeconds -= 1_000_000
        connection.pass(.milliseconds(999))
        #expect(connection.takeLog() == [])
        connection.pass(.milliseconds(1))
        #expect(connection.takeLog() == ["close"])
    }
}
