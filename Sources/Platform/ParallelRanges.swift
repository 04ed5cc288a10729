/// Shares independent work between threads.
///
/// Whoever uses it sees to it that each item's result is the same whichever thread computes it and with what else: then
/// results do not depend on the number of threads.
///
/// One caller at a time.
package final class ParallelRanges: Sendable {
    private let team: ThreadTeam

    /// Work for at most `threads` threads, the caller's among them.
    package init(threads: Int) { team = ThreadTeam(size: max(1, threads)) }

    /// Threads that work at the same time, the caller's among them.
    package var threads: Int { team.size }

    /// Calls `body` with ranges that together are 0..<`count`, each on a thread, and returns when all are done.
    ///
    /// - Parameter grain: The fewest items worth a thread.
    package func run(_ count: Int, grain: Int = 1, _ body: (_ range: Range<Int>, _ part: Int) -> Void) {
        let parts = max(1, min(threads, count / max(1, grain)))
        team.run(parts: parts) { part in body(count * part / parts..<count * (part + 1) / parts, part) }
    }
}
