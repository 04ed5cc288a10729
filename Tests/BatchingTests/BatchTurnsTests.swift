import Batching
import Dispatch
import Foundation
import Synchronization
import TestSupport
import Testing

/// Schedulers that share turns.
struct BatchTurnsTests {
    /// How many batches run at once, and how many did at most.
    private final class Load: Sendable {
        private let state = Mutex((now: 0, most: 0, batches: 0))
        var most: Int { state.withLock { $0.most } }
        var batches: Int { state.withLock { $0.batches } }

        func run(_ body: () -> Void) {
            state.withLock { state in
                state.now += 1
                state.batches += 1
                state.most = max(state.most, state.now)
            }
            body()
            state.withLock { $0.now -= 1 }
        }
    }

    private func makeScheduler(
        streams: Int, _ turns: BatchTurns, policy: BatchPolicy = BatchPolicy(), _ load: Load = Load(), gate: Gate? = nil
    ) -> BatchScheduler<Int, Int> {
        BatchScheduler(streams: streams, policy: policy, turns: turns) { _, inputs in
            load.run { gate?.pass() }
            return inputs.map { .success($0 * 10) }
        }
    }

    @Test func noMoreBatchesRunAtOnceThanThereAreTurns() {
        let (turns, load) = (BatchTurns(atOnce: 2), Load())
        let policy = BatchPolicy(maximumBatchSize: 3, maximumQueuedItems: 1000)
        let schedulers = (0..<4).map { _ in makeScheduler(streams: 2, turns, policy: policy, load) }
        let answers = Answers()
        for item in 0..<800 {
            schedulers[item % 4].submit(item, bytes: 1, completion: answers.completion(item))
        }
        // Who lets a scheduler go lets go of what waits there.
        withExtendedLifetime(schedulers) { answers.await(800) }
        #expect((0..<800).allSatisfy { answers.of($0) == [.output($0 * 10)] })
        #expect((1...2).contains(load.most) && load.batches >= 267)
    }

    @Test func whatWaitsForATurnIsJoinedByMoreAndCanBeCancelled() {
        let (turns, gate, answers) = (BatchTurns(atOnce: 1), Gate(), Answers())
        let busy = makeScheduler(streams: 1, turns, gate: gate)
        let load = Load()
        let other = makeScheduler(streams: 2, turns, load)
        busy.submit(0, bytes: 1, completion: answers.completion(0))
        gate.awaitEntry()
        let tickets = (1...4).map { other.submit($0, bytes: 1, completion: answers.completion($0)) }
        #expect(other.cancel(tickets[1]))
        #expect(answers.of(2) == [.refused(.cancelled)])
        #expect(other.queueDepth == 3 && other.inFlight == 0)
        gate.open(1)
        withExtendedLifetime((busy, other)) { answers.await(5) }
        // They came while there was no turn, and are one batch.
        #expect(load.batches == 1)
        #expect(answers.of(1) == [.output(10)] && answers.of(3) == [.output(30)] && answers.of(4) == [.output(40)])
    }

    @Test func aDeadlineThatPassesWhileThereIsNoTurnIsTold() {
        let (turns, gate, answers) = (BatchTurns(atOnce: 1), Gate(), Answers())
        let busy = makeScheduler(streams: 1, turns, gate: gate)
        let other = makeScheduler(streams: 1, turns)
        busy.submit(0, bytes: 1, completion: answers.completion(0))
        gate.awaitEntry()
        other.submit(1, bytes: 1, deadline: .now + .milliseconds(1), completion: answers.completion(1))
        withExtendedLifetime((busy, other)) {
            answers.await(1)
            #expect(answers.of(1) == [.refused(.deadlineExceeded)])
            gate.open(1)
            answers.await(1)
        }
        #expect(answers.of(0) == [.output(0)])
    }

    @Test func aBusySchedulerDoesNotStarveAnother() {
        let (turns, gate, answers) = (BatchTurns(atOnce: 1), Gate(), Answers())
        let busy = makeScheduler(
            streams: 2, turns, policy: BatchPolicy(maximumBatchSize: 1, maximumQueuedItems: 100), gate: gate)
        let quiet = makeScheduler(streams: 2, turns)
        for item in 0..<50 { busy.submit(item, bytes: 1, completion: answers.completion(item)) }
        gate.awaitEntry()
        quiet.submit(100, bytes: 1, completion: answers.completion(100))
        withExtendedLifetime((busy, quiet)) {
            // A thread of each.
            while turns.waiting < 2 { sched_yield() }
            // The batch that runs ends; then it is the other one's turn, whatever waits.
            gate.open(1)
            answers.await(2)
            #expect(answers.items == [0, 100])
            gate.open(49)
            answers.await(49)
        }
    }

    @Test func aSchedulerThatIsReleasedLeavesItsTurnsToTheOthers() {
        let (turns, answers) = (BatchTurns(atOnce: 1), Answers())
        let other = makeScheduler(streams: 2, turns)
        for round in 0..<200 {
            let brief = makeScheduler(streams: 2, turns)
            brief.submit(round, bytes: 1, completion: answers.completion(round))
            other.submit(1000 + round, bytes: 1, completion: answers.completion(1000 + round))
            withExtendedLifetime(brief) { answers.await(2) }
        }
        #expect(answers.items.count == 400)
    }

    /// The law of all schedulers, with others that come and go beside it: every item is answered exactly once.
    @Test(arguments: [1, 2]) func everyItemIsAnsweredOnce(atOnce: Int) async {
        let turns = BatchTurns(atOnce: atOnce)
        let counts = Mutex(Array(repeating: 0, count: 4 * 1500))
        let policy = BatchPolicy(
            maximumBatchSize: 3, maximumQueueDelay: .microseconds(100), maximumQueuedItems: 30, maximumQueuedBytes: 900)
        let schedulers = (0..<4).map { number in
            makeScheduler(streams: 1 + number % 2, turns, policy: number < 2 ? BatchPolicy() : policy)
        }
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            DispatchQueue.global().async {
                DispatchQueue.concurrentPerform(iterations: 4) { number in
                    var generator = SeededGenerator(seed: UInt64(number))
                    for item in 0..<1500 {
                        let deadline: ContinuousClock.Instant? =
                            Int.random(in: 0..<4, using: &generator) == 0 ? .now + .microseconds(item % 50) : nil
                        let ticket = schedulers[number].submit(item, bytes: item % 60, deadline: deadline) { _, _ in
                            counts.withLock { $0[number * 1500 + item] += 1 }
                        }
                        if Int.random(in: 0..<6, using: &generator) == 0 { schedulers[number].cancel(ticket) }
                    }
                }
                continuation.resume()
            }
        }
        for scheduler in schedulers { #expect(await scheduler.drain(until: .now + .seconds(60))) }
        #expect(counts.withLock { $0.allSatisfy { $0 == 1 } })
    }
}
