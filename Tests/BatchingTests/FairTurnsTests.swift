import Batching
import TestSupport
import Testing

/// Whose turn it is.
struct FairTurnsTests {
    /// Runs parties that always want a turn, or for a part of the time, each with turns of its own length; the time that each
    /// had. Time is whole milliseconds, so that nothing is left to chance.
    private func shares(
        capacity: Int, lengths: [Int], until end: Int, wants: (_ party: Int, _ time: Int) -> Bool = { _, _ in true }
    ) -> [Int] {
        var turns = FairTurns(capacity: capacity)
        let parties = lengths.map { _ in turns.join() }
        var used = lengths.map { _ in 0 }
        var running: [(party: Int, end: Int)] = []
        var waits = lengths.map { _ in 0 }
        for time in 0..<end {
            for turn in running where turn.end == time {
                turns.end(parties[turn.party], after: .milliseconds(lengths[turn.party]))
            }
            running.removeAll { $0.end == time }
            for party in lengths.indices where waits[party] < capacity && wants(party, time) {
                turns.ask(parties[party])
                waits[party] += 1
            }
            while let number = turns.next() {
                guard let party = parties.firstIndex(of: number) else {
                    Issue.record("a turn for nobody")
                    return used
                }
                waits[party] -= 1
                used[party] += lengths[party]
                running.append((party, time + lengths[party]))
            }
            #expect(running.count <= capacity)
            #expect(running.count == capacity || waits.allSatisfy { $0 == 0 }, "a turn is free while somebody waits")
        }
        return used
    }

    @Test(
        "Who always waits has its share of the time, however long the turns are",
        arguments: [
            (1, [10, 10]), (1, [100, 3]), (1, [7, 50, 200]), (2, [100, 3]), (2, [50, 50, 4]), (2, [9, 30, 120, 30]),
        ])
    func evenShares(capacity: Int, lengths: [Int]) {
        let end = 40_000
        let used = shares(capacity: capacity, lengths: lengths, until: end)
        let fair = Double(capacity * end) / Double(lengths.count)
        for (party, time) in used.enumerated() {
            #expect(abs(Double(time) - fair) < fair * 0.05, "party \(party) of \(lengths) had \(time), not \(fair)")
        }
    }

    @Test("A pause saves nothing up: who comes back does not keep the others waiting")
    func pauses() {
        // The second one is away for the first half; in the second half both have as much.
        let all = shares(capacity: 1, lengths: [10, 10], until: 20_000) { party, time in party == 0 || time >= 10_000 }
        #expect(abs(all[0] - 15_000) <= 40 && abs(all[1] - 5_000) <= 40, "\(all)")
    }

    @Test("A party with a short turn now and then waits for one turn of the others, not for their queue")
    func shortWaits() {
        var turns = FairTurns(capacity: 1)
        let (busy, quiet) = (turns.join(), turns.join())
        turns.ask(busy)
        #expect(turns.next() == busy)
        for _ in 0..<10 { turns.ask(busy) }
        for _ in 0..<20 {
            turns.ask(quiet)
            #expect(turns.next() == nil)
            turns.end(busy, after: .milliseconds(100))
            #expect(turns.next() == quiet)
            turns.end(quiet, after: .milliseconds(1))
            #expect(turns.next() == busy)
            turns.ask(busy)
        }
    }

    @Test("Who leaves is forgotten, and the others go on")
    func leaving() {
        var turns = FairTurns(capacity: 1)
        let (first, second) = (turns.join(), turns.join())
        turns.ask(first)
        #expect(turns.next() == first)
        turns.ask(second)
        turns.end(first, after: .seconds(1))
        turns.leave(first)
        #expect(turns.next() == second)
        turns.end(second, after: .seconds(1))
        let third = turns.join()
        #expect(third != first && third != second)
        turns.ask(third)
        #expect(turns.next() == third)
    }
}
