import Dispatch
import Foundation

/// Works on a row of items on several threads and hands the results over in the row's order, never more than a few
/// ahead of whoever consumes them.
public struct OrderedWorkers<Output: Sendable>: Sendable {
    /// Threads.
    public let workers: Int
    /// Items that may be in work or done and waiting, for each worker.
    private static var lookaheadPerWorker: Int { 8 }

    /// - Parameter workers: threads.
    public init(workers: Int) { self.workers = workers }

    /// Calls `work` with a worker's number and an item's index for each item, and `consume` with each result in order
    /// on the calling thread. Stops early if `consume` throws. In any case, no worker works any more when it returns.
    public func run<Failure: Error>(
        count: Int, work: @escaping @Sendable (_ worker: Int, _ item: Int) -> Output,
        consume: (_ item: Int, Output) throws(Failure) -> Void
    ) throws(Failure) {
        precondition(workers > 0 || count == 0, "somebody has to do it")
        let row = Row(count: count, lookahead: workers * Self.lookaheadPerWorker)
        let group = DispatchGroup()
        var started = 0
        for worker in 0..<min(workers, count) {
            group.enter()
            let thread = BackgroundThread(name: "worker \(worker)") {
                while let item = row.take() { row.finish(item, work(worker, item)) }
                group.leave()
            }
            guard thread != nil else {
                group.leave()
                break
            }
            started += 1
        }
        defer {
            row.stop()
            group.wait()
        }
        for item in 0..<count {
            // Where the system has not one thread left, the caller works.
            try consume(item, started > 0 ? row.output(of: item) : work(0, item))
        }
    }

    /// The row: which items are taken, done and consumed.
    ///
    /// A condition rather than semaphores, which libdispatch traps on when they are freed below their first value: here an
    /// early end has nothing to give back.
    ///
    /// `@unchecked Sendable`: all that changes is touched with the condition locked.
    private final class Row: @unchecked Sendable {
        private let condition = NSCondition()
        private let count: Int
        private let lookahead: Int
        private var taken = 0
        private var consumed = 0
        private var finished: [Int: Output] = [:]
        private var isStopped = false

        init(count: Int, lookahead: Int) {
            self.count = count
            self.lookahead = lookahead
        }

        /// The next item, once the consumer is near enough; nil when there is none left to do.
        func take() -> Int? {
            condition.withLock {
                while !isStopped, taken < count, taken - consumed >= lookahead { condition.wait() }
                guard !isStopped, taken < count else { return nil }
                defer { taken += 1 }
                return taken
            }
        }

        /// Hands in an item that is done.
        func finish(_ item: Int, _ output: Output) {
            condition.withLock {
                finished[item] = output
                condition.broadcast()
            }
        }

        /// Waits for an item, which is consumed with this.
        func output(of item: Int) -> Output {
            condition.withLock {
                while true {
                    if let output = finished.removeValue(forKey: item) {
                        consumed += 1
                        condition.broadcast()
                        return output
                    }
                    condition.wait()
                }
            }
        }

        /// No more items are taken.
        func stop() {
            condition.withLock {
                isStopped = true
                condition.broadcast()
            }
        }
    }
}
