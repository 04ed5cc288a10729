import HTTP
import Synchronization
import Testing
import Transport

private final class Counter: Sendable {
    let count = Atomic(0)
}

/// Who gives way to whom.
struct SeatTableTests {
    private let second: UInt64 = 1_000_000_000
    private let home = ClientNetwork(prefix: 1, isIPv4: true)
    private let elsewhere = ClientNetwork(prefix: 2, isIPv4: true)

    private func seat(
        _ table: inout SeatTable, _ client: ClientNetwork? = nil, at now: UInt64, _ vacancy: ConnectionVacancy? = nil
    ) throws -> SeatTable.Placement {
        let placement = try table.take(for: client, at: now).get()
        placement.seat.leave(vacancy)
        return placement
    }

    @Test func theOneThatIsIdleLongestGivesWay() throws {
        var table = SeatTable(regular: 3, perClient: nil, probes: 1)
        let first = try seat(&table, at: 0, .idle(since: 7 * second))
        let second = try seat(&table, at: 0, .idle(since: 5 * self.second))
        let busy = try seat(&table, at: 0)
        let newcomer = try seat(&table, at: 10 * self.second)
        #expect(newcomer.from === second.seat && newcomer.seat.kind == .regular && table.count == 3)
        #expect(!second.seat.occupy() && first.seat.occupy() && busy.seat.occupy())
        // Its end gives nothing back: the seat has been another's since.
        table.leave(second.seat)
        #expect(table.count == 3)
        table.leave(newcomer.seat)
        #expect(table.count == 2)
    }

    @Test func thoseThatAskedNothingGiveWayFirst() throws {
        var table = SeatTable(regular: 4, perClient: nil, probes: 1)
        let idle = try seat(&table, at: 0, .idle(since: 0))
        let silent = try seat(&table, at: 0, .silent(since: 8 * second))
        let arriving = try seat(&table, at: 0, .arriving(since: 9 * second))
        let answered = try seat(&table, at: 0, .answered)
        for expected in [answered, silent, arriving, idle] {
            #expect(try seat(&table, at: 10 * second).from === expected.seat)
        }
    }

    @Test func aMomentIsLeftForTheFirstByte() throws {
        var table = SeatTable(regular: 2, perClient: nil, probes: 1)
        _ = try seat(&table, at: 0, .silent(since: 10 * second))
        let idle = try seat(&table, at: 0, .idle(since: 10 * second - 1))
        #expect(try seat(&table, at: 10 * second + ConnectionSeat.grace - 1).from === idle.seat)
        let none = try seat(&table, at: 10 * second + ConnectionSeat.grace - 1)
        #expect(none.seat.kind == .probe(.limit))
        let late = try seat(&table, at: 10 * second + ConnectionSeat.grace)
        #expect(late.seat.kind == .regular)
    }

    @Test func oneClientTakesOnlyItsOwnSeats() throws {
        var table = SeatTable(regular: 10, perClient: 2, probes: 1)
        let other = try seat(&table, elsewhere, at: 0, .idle(since: 0))
        let own = try seat(&table, home, at: 0, .silent(since: 0))
        _ = try seat(&table, home, at: 0)
        #expect(try seat(&table, home, at: 0).from === own.seat)
        let third = try seat(&table, home, at: 0)
        #expect(third.seat.kind == .probe(.clientLimit) && other.seat.occupy())
        // A proxy is not counted.
        for _ in 0..<7 { #expect(try seat(&table, nil, at: 0).seat.kind == .regular) }
    }

    @Test func probesHaveSeatsThatTurnOver() throws {
        var table = SeatTable(regular: 1, perClient: nil, probes: 2)
        _ = try seat(&table, at: 0)
        let first = try seat(&table, at: 0, .silent(since: 1))
        _ = try seat(&table, at: 0)
        let third = try seat(&table, at: 0)
        #expect(third.from === first.seat && third.seat.kind == .probe(.limit))
        #expect(throws: RefusalReason.limit) { try table.take(for: nil, at: 0).get() }
        #expect(table.count == 3)
    }

    @Test func aClientThatLeftIsForgotten() throws {
        var table = SeatTable(regular: 4, perClient: 1, probes: 0)
        for _ in 0..<3 {
            let placement = try seat(&table, home, at: 0)
            #expect(placement.seat.kind == .regular)
            table.leave(placement.seat)
        }
        #expect(table.count == 0)
    }

    @Test func whoseSeatWasGivenAwayIsToldOnce() throws {
        var table = SeatTable(regular: 1, perClient: nil, probes: 0)
        let first = try seat(&table, at: 0, .idle(since: 0))
        let calls = Counter()
        let newcomer = try seat(&table, at: second)
        // Before the connection could say whom to tell.
        first.seat.whenGivenAway { calls.count.wrappingAdd(1, ordering: .relaxed) }
        newcomer.from?.tell()
        #expect(calls.count.load(ordering: .relaxed) == 1)
    }
}
