import Dispatch

/// Shares independent work between threads.
///
/// Whoever uses it sees to it that each item's result is the same whichever thread computes it and with what else: then
/// results do not depend on the number of threads.
struct ParallelRanges: Sendable {
    /// Threads that work at the same time, the caller's among them.
    let threads: Int

    /// Calls `body` with ranges that together are 0..<`count`, each on a thread, and returns when all are done.
    ///
    /// - Parameter grain: The fewest items worth a thread.
    func run(_ count: Int, grain: Int = 1, _ body: (_ range: Range<Int>, _ part: Int) -> Void) {
        let parts = max(1, min(threads, count / max(1, grain)))
        guard parts > 1 else { return body(0..<count, 0) }
        withoutActuallyEscaping(body) { body in
            // Each call of `body` has a range of its own to write, and all of them have returned before this does: what
            // the closure refers to is neither raced for nor outlived.
            nonisolated(unsafe) let work = body
            DispatchQueue.concurrentPerform(iterations: parts) { part in
                work(count * part / parts..<count * (part + 1) / parts, part)
            }
        }
    }
}
