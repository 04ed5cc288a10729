import Serving
import Testing

/// What happens often becomes a line every ten seconds.
@Suite struct OccurrenceTallyTests {
    private let start = ContinuousClock.now

    private func report(_ step: OccurrenceTally.Step) -> OccurrenceTally.Report? {
        if case .report(let report) = step { report } else { nil }
    }

    @Test func theFirstIsToldAtOnceTheOthersTogether() throws {
        var tally = OccurrenceTally()
        let step = tally.note("limit", from: "192.0.2.1", at: start)
        let first = try #require(report(step))
        #expect(first.count == 1 && first.addresses == 1 && first.top.map(\.name) == ["192.0.2.1"])
        let end = start + OccurrenceTally.pause
        let next = tally.note("limit", from: "192.0.2.1", at: start + .seconds(3))
        #expect(next == .await(until: end))
        for number in 0..<99 {
            let (reason, address) = number % 3 == 0 ? ("client_limit", "192.0.2.2") : ("limit", "192.0.2.\(number)")
            let step = tally.note(reason, from: address, at: start + .seconds(4))
            #expect(step == .none)
        }
        let gathered = tally.due(at: end)
        let second = try #require(gathered)
        #expect(second.count == 100)
        #expect(second.reasons.map(\.name) == ["limit", "client_limit"] && second.reasons.map(\.count) == [67, 33])
        #expect(second.top.map(\.name).prefix(2) == ["192.0.2.2", "192.0.2.1"])
        #expect(second.top.map(\.count) == [34, 2, 1])
        #expect(second.countsAllAddresses)
        // Nothing is told twice, and after a rest the next one at once.
        let nothing = tally.due(at: end + .seconds(1))
        #expect(nothing == nil)
        let soon = tally.note("limit", from: nil, at: end + .seconds(9))
        #expect(report(soon) == nil)
        let one = tally.due(at: end + .seconds(10))
        #expect(one?.count == 1)
        let rested = tally.note("limit", from: nil, at: end + .seconds(20))
        #expect(report(rested)?.addresses == 0)
    }

    @Test func memoryIsBoundedAndNothingIsLost() throws {
        var tally = OccurrenceTally()
        _ = tally.note("r", from: nil, at: start)
        for number in 0..<5000 { _ = tally.note("reason \(number)", from: "10.0.0.\(number)", at: start) }
        let gathered = tally.due(at: start + .seconds(10))
        let report = try #require(gathered)
        #expect(report.count == 5000 && report.reasons.reduce(0) { $0 + $1.count } == 5000)
        #expect(report.reasons.count <= OccurrenceTally.maximumReasons + 1)
        #expect(report.addresses == OccurrenceTally.maximumAddresses && !report.countsAllAddresses)
    }
}
