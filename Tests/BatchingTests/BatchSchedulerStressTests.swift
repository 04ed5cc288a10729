import Batching
import Dispatch
import Synchronization
import TestSupport
import Testing

struct BatchSchedulerStressTests {
    private static let submitters = 8
    private static let itemsEach = 2_000

    /// Many threads submit, cancel and let deadlines pass at once: every item is answered exactly once, with its own
    /// output, no batch is too large, and nothing is left.
    @Test(arguments: [(1, Duration.zero), (3, Duration.zero), (2, Duration.microseconds(200))])
    func everyItemIsAnsweredOnce(streams: Int, delay: Duration) async {
        let policy = BatchPolicy(
            maximumBatchSize: 5, maximumQueueDelay: delay, maximumQueuedItems: 40, maximumQueuedBytes: 3000)
        let largest = Atomic<Int>(0)
        let counts = Mutex(Array(repeating: 0, count: Self.submitters * Self.itemsEach))
        let outcomes = Mutex<[String: Int]>([:])
        let wrong = Atomic<Int>(0)
        let scheduler = BatchScheduler<Int, Int>(streams: streams, policy: policy) { _, inputs in
            largest.max(inputs.count, ordering: .relaxed)
            return inputs.map { .success($0 + 1) }
        }
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            DispatchQueue.global().async {
                DispatchQueue.concurrentPerform(iterations: Self.submitters) { submitter in
                    var generator = SeededGenerator(seed: UInt64(submitter))
                    for number in 0..<Self.itemsEach {
                        let item = submitter * Self.itemsEach + number
                        let deadline: ContinuousClock.Instant? =
                            Int.random(in: 0..<4, using: &generator) == 0
                            ? .now + .microseconds(Int.random(in: 0...50, using: &generator)) : nil
                        let bytes = Int.random(in: 0...200, using: &generator)
                        let ticket = scheduler.submit(item, bytes: bytes, deadline: deadline) { result, timing in
                            counts.withLock { $0[item] += 1 }
                            let outcome: String
                            switch result {
                            case .success(let output):
                                outcome = "output"
                                if output != item + 1 || timing.batchSize < 1 { wrong.add(1, ordering: .relaxed) }
                            case .failure(.submission(let error)):
                                outcome = "\(error)"
                                if timing.batchSize != 0 { wrong.add(1, ordering: .relaxed) }
                            case .failure(.processing):
                                outcome = "failed"
                                wrong.add(1, ordering: .relaxed)
                            }
                            outcomes.withLock { $0[outcome, default: 0] += 1 }
                        }
                        if Int.random(in: 0..<6, using: &generator) == 0 { scheduler.cancel(ticket) }
                    }
                }
                continuation.resume()
            }
        }
        #expect(await scheduler.drain(until: .now + .seconds(60)))
        #expect(counts.withLock { $0.allSatisfy { $0 == 1 } })
        #expect(wrong.load(ordering: .relaxed) == 0)
        #expect(largest.load(ordering: .relaxed) <= 5)
        #expect(scheduler.queueDepth == 0 && scheduler.queuedBytes == 0 && scheduler.inFlight == 0)
        #expect(outcomes.withLock { $0["output", default: 0] } > 0)
    }
}
