import HTTP
import Testing

/// What a connection says of itself when there is no room for another.
@Suite struct VacancyTests {
    @Test func aConnectionIsVacantWhileNothingWouldBeLost() {
        var connection = ConnectionHarness()
        let start = connection.now.nanoseconds
        #expect(connection.machine.vacancy == .silent(since: start))
        connection.pass(.seconds(1))
        connection.receive("GET /a HT")
        #expect(connection.machine.vacancy == .arriving(since: start + 1_000_000_000))
        connection.receive("TP/1.1\r\nHost: a\r\n\r\n")
        #expect(connection.machine.vacancy == nil)
        connection.pass(.seconds(1))
        connection.writesAtOnce = false
        connection.answer(0)
        #expect(connection.machine.vacancy == nil)
        connection.drainWrites()
        #expect(connection.machine.vacancy == .idle(since: start + 2_000_000_000))
        connection.receive("BAD\r\n\r\n")
        #expect(connection.machine.vacancy == nil)
        connection.drainWrites()
        #expect(connection.machine.vacancy == .answered)
    }

    @Test func contentOnItsWayIsNotGivenUp() {
        var connection = ConnectionHarness()
        connection.receive("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab")
        #expect(connection.machine.vacancy == nil)
    }
}
