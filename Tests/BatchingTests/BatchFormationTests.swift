import Batching
import TestSupport
import Testing

/// The formation in manual time: only differences to `start` matter.
struct BatchFormationTests {
    let start = ContinuousClock.now

    private func formation(
        batch: Int = 4, delay: Duration = .zero, items: Int = 64, bytes: Int = 1000
    ) -> BatchFormation<Int> {
        BatchFormation(
            policy: BatchPolicy(
                maximumBatchSize: batch, maximumQueueDelay: delay, maximumQueuedItems: items,
                maximumQueuedBytes: bytes))
    }

    @Test func takesWhatWaitsAtOnceWithoutDelay() throws {
        var formation = formation()
        #expect(formation.readiness(now: start) == .empty)
        #expect(formation.takeBatch(now: start).isEmpty)
        _ = try formation.admit(7, bytes: 1, deadline: nil, now: start)
        #expect(formation.readiness(now: start) == .ready)
        #expect(formation.takeBatch(now: start).map(\.item) == [7])
        #expect(formation.count == 0)
    }

    @Test func batchesAreFirstInFirstOutAndNoLargerThanTheMaximum() throws {
        var formation = formation(batch: 4)
        for item in 0..<10 { _ = try formation.admit(item, bytes: 1, deadline: nil, now: start) }
        let batches = (0..<4).map { _ in formation.takeBatch(now: start).map(\.item) }
        #expect(batches == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9], []])
    }

    @Test func holdsABatchThatIsNotFullUntilTheOldestItemHasWaited() throws {
        var formation = formation(batch: 3, delay: .milliseconds(10))
        _ = try formation.admit(0, bytes: 1, deadline: nil, now: start)
        _ = try formation.admit(1, bytes: 1, deadline: nil, now: start + .milliseconds(8))
        let end = start + .milliseconds(10)
        #expect(formation.readiness(now: start + .milliseconds(9)) == .held(until: end))
        #expect(formation.takeBatch(now: start + .milliseconds(9)).isEmpty)
        #expect(formation.nextEvent(now: start + .milliseconds(9), streamIsFree: true) == end)
        #expect(formation.nextEvent(now: start + .milliseconds(9), streamIsFree: false) == nil)
        #expect(formation.readiness(now: end) == .ready)
        #expect(formation.takeBatch(now: end).map(\.item) == [0, 1])
    }

    @Test func holdsNeitherAFullBatchNorOneThatNothingCanFill() throws {
        var formation = formation(batch: 2, delay: .seconds(1))
        _ = try formation.admit(0, bytes: 1, deadline: nil, now: start)
        #expect(formation.readiness(now: start, intakeEnded: true) == .ready)
        _ = try formation.admit(1, bytes: 1, deadline: nil, now: start)
        #expect(formation.takeBatch(now: start).map(\.item) == [0, 1])
    }

    @Test func refusesMoreItemsThanTheLimit() throws {
        var formation = formation(items: 2)
        _ = try formation.admit(0, bytes: 0, deadline: nil, now: start)
        _ = try formation.admit(1, bytes: 0, deadline: nil, now: start)
        #expect(throws: SubmissionError.queueFull(limit: 2)) {
            try formation.admit(2, bytes: 0, deadline: nil, now: start)
        }
        #expect(formation.takeBatch(now: start).map(\.item) == [0, 1])
    }

    @Test(arguments: [61, Int.max]) func refusesMoreBytesThanTheLimit(bytes: Int) throws {
        var formation = formation(bytes: 100)
        _ = try formation.admit(0, bytes: 40, deadline: nil, now: start)
        #expect(throws: SubmissionError.queueBytesFull(limit: 100)) {
            try formation.admit(1, bytes: bytes, deadline: nil, now: start)
        }
        #expect(formation.queuedBytes == 40)
        _ = try formation.admit(2, bytes: 60, deadline: nil, now: start)
        #expect(formation.queuedBytes == 100)
        _ = formation.takeBatch(now: start)
        #expect(formation.queuedBytes == 0)
    }

    @Test func dropsExpiredItemsInOrder() throws {
        var formation = formation(batch: 8)
        let deadlines = [5, nil, 3, 9]
        for (item, deadline) in deadlines.enumerated() {
            _ = try formation.admit(
                item, bytes: 10, deadline: deadline.map { start + .milliseconds($0) }, now: start)
        }
        #expect(formation.nextEvent(now: start, streamIsFree: false) == start + .milliseconds(3))
        #expect(formation.removeExpired(now: start + .milliseconds(2)).isEmpty)
        #expect(formation.removeExpired(now: start + .milliseconds(5)).map(\.item) == [0, 2])
        #expect(formation.queuedBytes == 20)
        #expect(formation.nextEvent(now: start, streamIsFree: false) == start + .milliseconds(9))
        #expect(formation.takeBatch(now: start).map(\.item) == [1, 3])
        #expect(formation.nextEvent(now: start, streamIsFree: false) == nil)
    }

    @Test func refusesADeadlineThatHasPassed() throws {
        var formation = formation()
        #expect(throws: SubmissionError.deadlineExceeded) {
            try formation.admit(0, bytes: 0, deadline: start, now: start)
        }
        #expect(formation.count == 0)
    }

    @Test func removesTheItemOfATicketOnce() throws {
        var formation = formation()
        let tickets = try (0..<5).map { try formation.admit($0, bytes: 10, deadline: nil, now: start) }
        #expect(tickets == tickets.sorted())
        #expect(formation.remove(tickets[2])?.item == 2)
        #expect(formation.remove(tickets[2]) == nil)
        #expect(formation.remove(tickets[0])?.item == 0)
        #expect(formation.queuedBytes == 30)
        #expect(formation.takeBatch(now: start).map(\.item) == [1, 3, 4])
        #expect(formation.remove(tickets[4]) == nil)
    }

    /// Random admissions, cancellations and batches: no item is lost, doubled or overtaken, and the limits hold.
    @Test(arguments: 0..<20 as Range<UInt64>) func neverLosesAnItem(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let policy = BatchPolicy(
            maximumBatchSize: Int.random(in: 1...5, using: &generator),
            maximumQueueDelay: .milliseconds(Int.random(in: 0...3, using: &generator)),
            maximumQueuedItems: Int.random(in: 1...12, using: &generator), maximumQueuedBytes: 60)
        var formation = BatchFormation<Int>(policy: policy)
        var now = start
        var waiting: [(item: Int, bytes: Int, deadline: ContinuousClock.Instant?, ticket: BatchTicket)] = []
        for item in 0..<2000 {
            now += .microseconds(Int.random(in: 0...900, using: &generator))
            let expired = formation.removeExpired(now: now).map(\.item)
            #expect(expired == waiting.filter { ($0.deadline ?? now + .seconds(1)) <= now }.map(\.item))
            waiting.removeAll { ($0.deadline ?? now + .seconds(1)) <= now }
            switch Int.random(in: 0..<8, using: &generator) {
            case 0..<5:
                let bytes = Int.random(in: 0...20, using: &generator)
                let deadline: ContinuousClock.Instant? =
                    Bool.random(using: &generator)
                    ? now + .microseconds(Int.random(in: 1...5000, using: &generator)) : nil
                let hasRoom =
                    waiting.count < policy.maximumQueuedItems
                    && waiting.reduce(bytes, { $0 + $1.bytes }) <= policy.maximumQueuedBytes
                if let ticket = try? formation.admit(item, bytes: bytes, deadline: deadline, now: now) {
                    #expect(hasRoom)
                    waiting.append((item, bytes, deadline, ticket))
                } else {
                    #expect(!hasRoom)
                }
            case 5..<7:
                let isReady = formation.readiness(now: now) == .ready
                let batch = formation.takeBatch(now: now).map(\.item)
                #expect(isReady == !batch.isEmpty)
                #expect(batch.count <= policy.maximumBatchSize)
                #expect(batch == waiting.prefix(batch.count).map(\.item))
                waiting.removeFirst(batch.count)
            default:
                guard let victim = waiting.randomElement(using: &generator) else { continue }
                #expect(formation.remove(victim.ticket)?.item == victim.item)
                waiting.removeAll { $0.item == victim.item }
            }
            #expect(formation.count == waiting.count)
            #expect(formation.queuedBytes == waiting.reduce(0) { $0 + $1.bytes })
        }
        #expect(formation.removeAll().map(\.item) == waiting.map(\.item))
    }

    /// The header's formula, held against a simulation of streams that all take the longest time: Q items arrive at
    /// once just after every stream has taken a batch.
    @Test(arguments: [(8, 64, 1), (8, 64, 2), (3, 10, 2), (4, 9, 3), (1, 5, 4), (10, 3, 2)])
    func worstCaseWaitIsTheFormula(batch: Int, items: Int, streams: Int) throws {
        let policy = BatchPolicy(maximumBatchSize: batch, maximumQueuedItems: items)
        var formation = BatchFormation<Int>(policy: policy)
        let processing = Duration.milliseconds(7)
        for item in 0..<items { _ = try formation.admit(item, bytes: 0, deadline: nil, now: start) }
        var longest = Duration.zero
        var round = 1
        while formation.count > 0 {
            let now = start + processing * round
            for _ in 0..<streams {
                for entry in formation.takeBatch(now: now) { longest = max(longest, entry.arrival.duration(to: now)) }
            }
            round += 1
        }
        #expect(longest == policy.worstCaseWait(streams: streams, processing: processing))
    }
}
