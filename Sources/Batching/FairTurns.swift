/// Whose turn it is, where several parties share what only so many can have at once: a value, without threads or clock.
///
/// A free turn goes to a party that has the fewest turns at the moment, among those to the one that has had the least time.
/// That is start-time fair queueing (Goyal, Vin, Cheng: Start-time Fair Queueing, SIGCOMM 1996) with the lengths as they
/// turn out: whoever always waits gets its share of the time, however long its turns are, and who comes back from a pause
/// is served soon but has saved nothing up, since its time is raised to that of the turn that began last. With P parties,
/// N at once and turns of at most T, a party that has no turn waits at most for
///
///     ⌈P / N⌉ · T
///
/// if the others have had no less time than it has.
///
/// Invariants: at most `capacity` turns are taken; one is free only if nobody waits.
package struct FairTurns {
    private struct Party {
        /// The time that its turns took.
        var used = Duration.zero
        var waiting = 0
        var taken = 0
        var isIdle: Bool { waiting == 0 && taken == 0 }
    }

    /// The turns that can be taken at once.
    package let capacity: Int
    private var parties: [Int: Party] = [:]
    private var lastParty = 0
    private var taken = 0
    /// The time that the party had had whose turn began last.
    private var now = Duration.zero

    package init(capacity: Int) {
        precondition(capacity > 0, "somebody must have a turn")
        self.capacity = capacity
    }

    /// Lets a party in; the number that it goes by.
    package mutating func join() -> Int {
        lastParty += 1
        parties[lastParty] = Party()
        return lastParty
    }

    /// Lets a party go, which neither waits nor has a turn.
    package mutating func leave(_ number: Int) {
        let party = parties.removeValue(forKey: number)
        precondition(party?.isIdle == true, "a party leaves when it has nothing to do")
    }

    /// A party wants one more turn; `next` says when it has it.
    package mutating func ask(_ number: Int) {
        change(number) { [now] party in
            if party.isIdle { party.used = max(party.used, now) }
            party.waiting += 1
        }
    }

    /// Who has a turn from now on; nil if none is free, or nobody waits.
    package mutating func next() -> Int? {
        guard taken < capacity else { return nil }
        let waiting = parties.filter { $0.value.waiting > 0 }
        let first = waiting.min { left, right in
            (left.value.taken, left.value.used, left.key) < (right.value.taken, right.value.used, right.key)
        }
        guard let (number, party) = first else { return nil }
        now = max(now, party.used)
        taken += 1
        change(number) { party in
            party.waiting -= 1
            party.taken += 1
        }
        return number
    }

    /// A turn has ended, after so long.
    package mutating func end(_ number: Int, after time: Duration) {
        taken -= 1
        change(number) { party in
            precondition(party.taken > 0, "a turn ends that nobody had")
            party.taken -= 1
            party.used += time
        }
    }

    private mutating func change(_ number: Int, _ body: (inout Party) -> Void) {
        guard var party = parties[number] else { preconditionFailure("there is no party \(number)") }
        body(&party)
        parties[number] = party
    }
}
