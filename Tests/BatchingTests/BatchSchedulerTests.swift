import Batching
import Dispatch
import Foundation
import Synchronization
import TestSupport
import Testing

struct BatchSchedulerTests {
    private struct Unlucky: Error {}

    /// Streams that hold at the gate, then answer tenfold; the batches they saw are recorded.
    private func makeScheduler(
        streams: Int = 1, policy: BatchPolicy = BatchPolicy(), gate: Gate? = nil, batches: Batches = Batches()
    ) -> BatchScheduler<Int, Int> {
        BatchScheduler(streams: streams, policy: policy) { _, inputs in
            batches.record(inputs)
            gate?.pass()
            return inputs.map { $0 < 0 ? .failure(Unlucky()) : .success($0 * 10) }
        }
    }

    private final class Batches: Sendable {
        private let seen = Mutex<[[Int]]>([])
        func record(_ inputs: [Int]) { seen.withLock { $0.append(inputs) } }
        var all: [[Int]] { seen.withLock { $0 } }
    }

    @Test func answersAnItemWithItsOutputAndTimes() {
        let answers = Answers()
        let scheduler = makeScheduler()
        scheduler.submit(4, bytes: 1, completion: answers.completion(4))
        answers.await(1)
        #expect(answers.of(4) == [.output(40)])
        #expect(answers.timings[0].batchSize == 1)
        #expect(answers.timings[0].waiting >= .zero && answers.timings[0].processing >= .zero)
    }

    @Test func itemsThatComeWhileTheStreamIsBusyFormTheNextBatchesInOrder() {
        let (gate, answers, batches) = (Gate(), Answers(), Batches())
        let scheduler = makeScheduler(policy: BatchPolicy(maximumBatchSize: 3), gate: gate, batches: batches)
        scheduler.submit(0, bytes: 1, completion: answers.completion(0))
        gate.awaitEntry()
        for item in 1...7 { scheduler.submit(item, bytes: 10, completion: answers.completion(item)) }
        #expect(scheduler.queueDepth == 7 && scheduler.queuedBytes == 70 && scheduler.inFlight == 1)
        gate.open(4)
        answers.await(8)
        #expect(batches.all == [[0], [1, 2, 3], [4, 5, 6], [7]])
        #expect(answers.items == Array(0...7))
        #expect(answers.timings.map(\.batchSize) == [1, 3, 3, 3, 3, 3, 3, 1])
    }

    @Test func oneFailureLeavesItsNeighboursAlone() {
        let (gate, answers) = (Gate(), Answers())
        let scheduler = makeScheduler(gate: gate)
        gate.open(2)
        for item in [1, -1, 2] { scheduler.submit(item, bytes: 1, completion: answers.completion(item)) }
        gate.open(2)
        answers.await(3)
        #expect(answers.of(1) == [.output(10)] && answers.of(-1) == [.failed] && answers.of(2) == [.output(20)])
    }

    @Test func streamsRunSideBySide() {
        let (gate, answers) = (Gate(), Answers())
        let policy = BatchPolicy(maximumBatchSize: 1)
        let scheduler = makeScheduler(streams: 3, policy: policy, gate: gate)
        for item in 0..<3 { scheduler.submit(item, bytes: 1, completion: answers.completion(item)) }
        // All three are inside at the same time, or this never returns.
        for _ in 0..<3 { gate.awaitEntry() }
        #expect(scheduler.inFlight == 3)
        gate.open(3)
        answers.await(3)
        #expect(answers.items.sorted() == [0, 1, 2])
    }

    @Test func refusesWhatTheLimitsForbidBeforeSubmitReturns() {
        let (gate, answers) = (Gate(), Answers())
        let policy = BatchPolicy(maximumQueuedItems: 2, maximumQueuedBytes: 100)
        let scheduler = makeScheduler(policy: policy, gate: gate)
        scheduler.submit(0, bytes: 1, completion: answers.completion(0))
        gate.awaitEntry()
        scheduler.submit(1, bytes: 60, completion: answers.completion(1))
        let refused = scheduler.submit(2, bytes: 41, completion: answers.completion(2))
        #expect(answers.of(2) == [.refused(.queueBytesFull(limit: 100))])
        #expect(!scheduler.cancel(refused))
        scheduler.submit(3, bytes: 40, completion: answers.completion(3))
        scheduler.submit(4, bytes: 0, completion: answers.completion(4))
        #expect(answers.of(4) == [.refused(.queueFull(limit: 2))])
        #expect(answers.timings.map(\.batchSize) == [0, 0])
        gate.open(2)
        answers.await(5)
        #expect(answers.of(3) == [.output(30)])
    }

    @Test func aCancelledItemIsNotProcessed() {
        let (gate, answers, batches) = (Gate(), Answers(), Batches())
        let scheduler = makeScheduler(gate: gate, batches: batches)
        let first = scheduler.submit(0, bytes: 1, completion: answers.completion(0))
        gate.awaitEntry()
        let second = scheduler.submit(1, bytes: 1, completion: answers.completion(1))
        scheduler.submit(2, bytes: 1, completion: answers.completion(2))
        #expect(scheduler.cancel(second))
        #expect(answers.of(1) == [.refused(.cancelled)])
        #expect(!scheduler.cancel(second))
        #expect(!scheduler.cancel(first))
        gate.open(2)
        answers.await(3)
        #expect(batches.all == [[0], [2]])
        #expect(answers.of(0) == [.output(0)] && answers.of(1).count == 1)
    }

    @Test func aWaitingItemIsAnsweredAtItsDeadlineWhileTheStreamIsBusy() {
        let (gate, answers, batches) = (Gate(), Answers(), Batches())
        let scheduler = makeScheduler(gate: gate, batches: batches)
        scheduler.submit(0, bytes: 1, completion: answers.completion(0))
        gate.awaitEntry()
        let now = ContinuousClock.now
        // The second is due first: the timer must come forward.
        for (item, milliseconds) in [(1, 40), (2, 5)] {
            scheduler.submit(
                item, bytes: 1, deadline: now + .milliseconds(milliseconds), completion: answers.completion(item))
        }
        answers.await(2)
        #expect(answers.items == [2, 1])
        #expect(answers.of(1) == [.refused(.deadlineExceeded)] && answers.of(2) == [.refused(.deadlineExceeded)])
        #expect(answers.timings[1].waiting >= .milliseconds(39))
        #expect(scheduler.queueDepth == 0)
        gate.open()
        answers.await(1)
        #expect(batches.all == [[0]])
    }

    @Test func aPassedDeadlineIsRefused() {
        let answers = Answers()
        let scheduler = makeScheduler()
        scheduler.submit(0, bytes: 1, deadline: .now, completion: answers.completion(0))
        #expect(answers.of(0) == [.refused(.deadlineExceeded)])
    }

    @Test func aHeldBatchIsTakenWhenItsDelayEnds() {
        let (answers, batches) = (Answers(), Batches())
        let policy = BatchPolicy(maximumBatchSize: 8, maximumQueueDelay: .milliseconds(20))
        let scheduler = makeScheduler(streams: 2, policy: policy, batches: batches)
        for item in 0..<3 { scheduler.submit(item, bytes: 1, completion: answers.completion(item)) }
        answers.await(3)
        #expect(batches.all == [[0, 1, 2]])
        #expect(answers.timings[0].waiting >= .milliseconds(20))
    }

    @Test func aHeldBatchIsTakenAtOnceWhenFull() {
        let answers = Answers()
        let policy = BatchPolicy(maximumBatchSize: 2, maximumQueueDelay: .seconds(3600))
        let scheduler = makeScheduler(policy: policy)
        for item in 0..<2 { scheduler.submit(item, bytes: 1, completion: answers.completion(item)) }
        answers.await(2)
        #expect(answers.timings.map(\.batchSize) == [2, 2])
    }

    @Test func drainFinishesWhatWaitsAndTakesNoMore() async {
        let (gate, answers) = (Gate(), Answers())
        // The hold would outlast the test: a drain must not wait for it.
        let policy = BatchPolicy(maximumBatchSize: 2, maximumQueueDelay: .seconds(3600))
        let scheduler = makeScheduler(policy: policy, gate: gate)
        for item in 0..<3 { scheduler.submit(item, bytes: 1, completion: answers.completion(item)) }
        gate.awaitEntry()
        async let drained = scheduler.drain(until: .now + .seconds(3600))
        gate.open(2)
        #expect(await drained)
        #expect(answers.items == [0, 1, 2])
        scheduler.submit(3, bytes: 1, completion: answers.completion(3))
        #expect(answers.of(3) == [.refused(.shuttingDown)])
        #expect(await scheduler.drain(until: .now))
    }

    /// A cancelled item is out of the queue while its answer is still being given on another thread.
    @Test func drainWaitsForAnswersUnderWay() async {
        let scheduler = makeScheduler(policy: BatchPolicy(maximumBatchSize: 4, maximumQueueDelay: .seconds(3600)))
        let isAnswered = Atomic(false)
        let ticket = scheduler.submit(1, bytes: 1) { _, _ in
            Thread.sleep(forTimeInterval: 0.1)
            isAnswered.store(true, ordering: .releasing)
        }
        Thread.detachNewThread { scheduler.cancel(ticket) }
        while scheduler.queueDepth > 0 { await Task.yield() }
        #expect(await scheduler.drain(until: .now + .seconds(3600)))
        let isTold = isAnswered.load(ordering: .acquiring)
        #expect(isTold)
    }

    @Test func drainGivesUpAtItsDeadline() async {
        let (gate, answers) = (Gate(), Answers())
        let scheduler = makeScheduler(gate: gate)
        scheduler.submit(0, bytes: 1, completion: answers.completion(0))
        gate.awaitEntry()
        scheduler.submit(1, bytes: 1, completion: answers.completion(1))
        #expect(await scheduler.drain(until: .now + .milliseconds(5)) == false)
        #expect(answers.of(1) == [.refused(.shuttingDown)])
        #expect(answers.of(0) == [] && scheduler.inFlight == 1)
        gate.open()
        #expect(await scheduler.drain(until: .now + .seconds(3600)))
        #expect(answers.of(0) == [.output(0)])
    }

    @Test func aReleasedSchedulerAnswersWhatWaits() {
        let answers = Answers()
        do {
            let policy = BatchPolicy(maximumQueueDelay: .seconds(3600))
            let scheduler = makeScheduler(policy: policy)
            scheduler.submit(0, bytes: 1, completion: answers.completion(0))
        }
        answers.await(1)
        #expect(answers.of(0) == [.refused(.shuttingDown)])
    }

    @Test func completionsMayCallTheScheduler() {
        let (gate, answers) = (Gate(), Answers())
        let scheduler = makeScheduler()
        scheduler.submit(0, bytes: 1) { _, _ in
            scheduler.submit(scheduler.queueDepth + 1, bytes: 1, completion: answers.completion(1))
            gate.open()
        }
        gate.pass()
        answers.await(1)
        #expect(answers.of(1) == [.output(10)])
    }
}
