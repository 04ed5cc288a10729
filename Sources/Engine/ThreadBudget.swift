import Platform
import Synchronization

/// The threads that engines compute with. Engines of one budget share it: the batches that run at the same time, of whichever
/// engine, share its threads evenly, and teams of threads are handed on, so that more engines make no more threads.
public final class ThreadBudget: Sendable {
    /// Threads that compute at once, all batches together, at most: each batch has at least one.
    public let threads: Int
    /// Threads that share the work of one batch, at most.
    public let threadsPerBatch: Int
    /// Batches that run at this moment.
    private let running = Atomic(0)
    /// Teams that nobody has. There are as many as batches ever ran at the same time.
    private let idle = Mutex<[ThreadTeam]>([])

    /// A budget, of which no thread is started yet.
    public init(threads: Int, threadsPerBatch: Int) {
        precondition(threads >= 1 && threadsPerBatch >= 1)
        self.threads = threads
        self.threadsPerBatch = threadsPerBatch
    }

    /// The threads that each of the batches that run may have now.
    var share: Int { threads / max(1, running.load(ordering: .relaxed)) }

    /// Runs a batch on a team of its own.
    func withTeam<R>(_ body: (ThreadTeam) -> R) -> R {
        let team = idle.withLock { $0.popLast() } ?? ThreadTeam(size: threadsPerBatch)
        running.add(1, ordering: .relaxed)
        defer {
            running.subtract(1, ordering: .relaxed)
            idle.withLock { $0.append(team) }
        }
        return body(team)
    }
}
