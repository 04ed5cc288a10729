import CThreads
import Dispatch
import Synchronization

/// Threads that work on one layer together.
///
/// The layers of a run follow each other within microseconds, less than it takes to wake a thread. So whoever waits, a
/// worker for its next part or the caller for the last part to be done, looks for a short time before it sleeps.
///
/// A worker's mailbox is *empty* while it looks, *posted* when the caller has written a job (→ the worker empties it and
/// works), *parked* when the worker has stopped looking (→ the caller posts and wakes it). What the caller waits for is
/// `unfinished`, the parts not yet done; the caller adds `sleeping` to it before it sleeps, and the worker that brings it
/// down to `sleeping` wakes the caller. Invariant: `job` is written only while `unfinished` is 0 and every mailbox is
/// empty or parked, and a posting lies between that write and each read.
///
/// One caller at a time: a team belongs to one stream.
package final class ThreadTeam: @unchecked Sendable {
    /// A job: what to call with a part's number. The caller's closure outlives it, since `run` waits.
    private struct Job {
        let body: (Int) -> Void
    }

    private enum Mailbox {
        static let empty = 0
        static let posted = 1
        static let parked = 2
    }

    /// What a worker thread needs to know; it keeps the team's shared part alive, not the team.
    private final class Worker: @unchecked Sendable {
        let mailbox = Atomic(Mailbox.empty)
        let wake = DispatchSemaphore(value: 0)
        let part: Int
        let shared: Shared
        var thread: BackgroundThread?

        init(part: Int, shared: Shared) {
            self.part = part
            self.shared = shared
        }

        /// Hands the worker its part of the job.
        func post() {
            if mailbox.exchange(Mailbox.posted, ordering: .acquiringAndReleasing) == Mailbox.parked { wake.signal() }
        }

        /// Waits for the next part.
        func waitForPost() {
            if !ThreadTeam.looked(for: { mailbox.load(ordering: .relaxed) == Mailbox.posted }) {
                let (parked, _) = mailbox.compareExchange(
                    expected: Mailbox.empty, desired: Mailbox.parked, ordering: .acquiringAndReleasing)
                if parked { wake.wait() }
            }
            // Reads what the caller wrote before it posted.
            _ = mailbox.exchange(Mailbox.empty, ordering: .acquiringAndReleasing)
        }
    }

    private final class Shared: @unchecked Sendable {
        /// Added to `unfinished` while the caller sleeps.
        static let sleeping = 1 << 32

        let unfinished = Atomic(0)
        let finished = DispatchSemaphore(value: 0)
        var job: Job?

        /// Tells that a part is done.
        func finish() {
            let left = unfinished.subtract(1, ordering: .acquiringAndReleasing).newValue
            if left == Self.sleeping { finished.signal() }
        }

        /// Waits for all parts.
        func waitForAll() {
            if !ThreadTeam.looked(for: { unfinished.load(ordering: .acquiring) == 0 }) {
                if unfinished.add(Self.sleeping, ordering: .acquiringAndReleasing).oldValue != 0 { finished.wait() }
                unfinished.subtract(Self.sleeping, ordering: .relaxed)
            }
        }
    }

    /// How long a waiting thread looks before it sleeps: some layers' time, and a small part of a run's.
    private static let patience = Duration.microseconds(50)
    /// Looks between two glances at the clock.
    private static let looks = 16

    /// Looks until the condition holds; false if it still does not after the time that is worth looking. Yields, since
    /// what is waited for may itself wait for a processor.
    private static func looked(for condition: () -> Bool) -> Bool {
        var deadline: ContinuousClock.Instant?
        while true {
            for _ in 0..<looks {
                if condition() { return true }
                cthreads_pause()
            }
            let now = ContinuousClock.now
            if let deadline, now >= deadline { return false }
            deadline = deadline ?? now + patience
            sched_yield()
        }
    }

    private let shared = Shared()
    private let workers: [Worker]

    /// The number of threads, the caller's included.
    package let size: Int

    /// A team of `size` threads, or of as many as the system gives: with fewer a run takes longer and is otherwise the same.
    package init(size: Int) {
        precondition(size >= 1)
        var workers: [Worker] = []
        for part in 1..<max(size, 1) {
            let worker = Worker(part: part, shared: shared)
            guard let thread = BackgroundThread(name: "team \(part)", { Self.work(worker) }) else { break }
            worker.thread = consume thread
            workers.append(worker)
        }
        self.workers = workers
        self.size = workers.count + 1
    }

    deinit {
        for worker in workers { worker.post() }
        for worker in workers { worker.thread.take()?.join() }
    }

    /// Calls `body` with 0, 1, … `parts` − 1, each on a thread of its own, and returns when all are done.
    package func run(parts: Int, _ body: (Int) -> Void) {
        precondition((1...size).contains(parts))
        guard parts > 1 else { return body(0) }
        withoutActuallyEscaping(body) { body in
            shared.job = Job(body: body)
            shared.unfinished.store(parts - 1, ordering: .relaxed)
            for worker in workers.prefix(parts - 1) { worker.post() }
            body(0)
            shared.waitForAll()
            shared.job = nil
        }
    }

    private static func work(_ worker: Worker) {
        repeat { worker.waitForPost() } while perform(worker)
    }

    /// Does the worker's part of the job; false if there is none and the team has ended. A function that is never
    /// inlined, so that its hold on the caller's closure has ended when the caller is told.
    @inline(never)
    private static func workOnce(_ worker: Worker) -> Bool {
        guard let job = worker.shared.job else { return false }
        job.body(worker.part)
        return true
    }

    private static func perform(_ worker: Worker) -> Bool {
        guard workOnce(worker) else { return false }
        worker.shared.finish()
        return true
    }
}
