import HTTP
import Serving
import Testing

/// What the service measures is measured on a clock that nobody sets; what it shows is the wall clock's time.
@Suite struct ClockTests {
    /// The limiter is given times of a clock that only goes on: none of its decisions has a wall clock to look at.
    @Test func ratesAreHeldOnTheSteadyClock() throws {
        let start = ContinuousClock.now
        let head = try RequestHead(.get, "/model")
        let access = Access(RateLimit(count: 2, period: .seconds(10)), wrongKeys: nil, at: start)
        func wait(_ passed: Duration, from address: String = "192.0.2.7") throws(ServiceError) -> Int? {
            do throws(ServiceError) {
                try access.admit(head, clientAddress: address, at: start + passed)
                return nil
            } catch {
                guard case .rateLimited(let seconds) = error else { throw error }
                return seconds
            }
        }
        #expect(try wait(.zero) == nil)
        #expect(try wait(.zero) == nil)
        #expect(try wait(.zero) == 5)
        #expect(try wait(.seconds(4)) == 1)
        #expect(try wait(.seconds(4), from: "192.0.2.8") == nil)
        #expect(try wait(.seconds(5)) == nil)
        #expect(try wait(.seconds(5)) == 5)
        #expect(try wait(.seconds(86_400)) == nil)
        #expect(try wait(.seconds(86_400)) == nil)
        #expect(try wait(.seconds(86_400)) == 5)
    }

    @Test(
        arguments: [
            (0, 0, "1970-01-01T00:00:00.000Z"), (784_111_777, 9_999_999, "1994-11-06T08:49:37.009Z"),
            (951_782_400, 42_000_000, "2000-02-29T00:00:00.042Z"), (-1, 999_999_999, "1969-12-31T23:59:59.999Z"),
            (1_798_761_599, 999_000_000, "2026-12-31T23:59:59.999Z"), (4_107_542_400, 0, "2100-03-01T00:00:00.000Z"),
            (253_402_300_799, 500_000_000, "9999-12-31T23:59:59.500Z"),
        ] as [(Int64, Int, String)])
    func logLinesShowTheWallClock(seconds: Int64, nanoseconds: Int, text: String) {
        #expect(Timestamp.text(seconds: seconds, nanoseconds: nanoseconds) == text)
    }

    /// A clock that is set back or forward is shown as it is: no state of an earlier line is in a later one.
    @Test func aWallClockThatJumpsIsShown() {
        var seconds: Int64 = 1_700_000_000
        for jump in [0, 86_400, -1_000_000, 3_000_000_000, -3_000_000_000] as [Int64] {
            seconds += jump
            let text = Timestamp.text(seconds: seconds, nanoseconds: 0)
            let date = HTTPDate.format(unixSeconds: seconds)
            #expect(text.dropFirst(11).prefix(8) == date.dropFirst(17).prefix(8))
            #expect(text.dropFirst(8).prefix(2) == date.dropFirst(5).prefix(2))
            #expect(text.prefix(4) == date.dropFirst(12).prefix(4))
        }
    }
}
