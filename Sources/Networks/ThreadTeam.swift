import Dispatch

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Threads that work on one layer together and sleep in between.
///
/// States: *parked* (every worker waits on its semaphore) → `run` stores the job and wakes as many workers as it has
/// parts → *running* → each worker signals `finished` when its part is done → the caller, which did part 0 itself, has
/// waited for all of them → *parked*. Invariant: `job` is written only while all workers are parked, and a semaphore
/// lies between that write and each read. Nothing spins.
///
/// One caller at a time: a team belongs to one stream.
package final class ThreadTeam: @unchecked Sendable {
    /// A job: what to call with a part's number. The caller's closure outlives it, since `run` waits.
    private struct Job {
        let body: (Int) -> Void
    }

    /// What a worker thread needs to know; it keeps the team's shared part alive, not the team.
    private final class Worker: @unchecked Sendable {
        let wake = DispatchSemaphore(value: 0)
        let part: Int
        let shared: Shared
        var thread = pthread_t()

        init(part: Int, shared: Shared) {
            self.part = part
            self.shared = shared
        }
    }

    private final class Shared: @unchecked Sendable {
        let finished = DispatchSemaphore(value: 0)
        var job: Job?
    }

    private let shared = Shared()
    private let workers: [Worker]

    /// The number of threads, the caller's included.
    package let size: Int

    package init(size: Int) {
        precondition(size >= 1)
        let shared = self.shared
        workers = (1..<max(size, 1)).map { Worker(part: $0, shared: shared) }
        self.size = size
        for worker in workers {
            let context = Unmanaged.passRetained(worker).toOpaque()
            let status = pthread_create(
                &worker.thread, nil,
                { context in
                    #if canImport(Darwin)
                        ThreadTeam.work(Unmanaged<Worker>.fromOpaque(context).takeRetainedValue())
                    #else
                        guard let context else { return nil }
                        ThreadTeam.work(Unmanaged<Worker>.fromOpaque(context).takeRetainedValue())
                    #endif
                    return nil
                }, context)
            precondition(status == 0, "the system refuses another thread")
        }
    }

    deinit {
        for worker in workers { worker.wake.signal() }
        for worker in workers { pthread_join(worker.thread, nil) }
    }

    /// Calls `body` with 0, 1, … `parts` − 1, each on a thread of its own, and returns when all are done.
    package func run(parts: Int, _ body: (Int) -> Void) {
        precondition((1...size).contains(parts))
        guard parts > 1 else { return body(0) }
        withoutActuallyEscaping(body) { body in
            shared.job = Job(body: body)
            for worker in workers.prefix(parts - 1) { worker.wake.signal() }
            body(0)
            for _ in 1..<parts { shared.finished.wait() }
            shared.job = nil
        }
    }

    private static func work(_ worker: Worker) {
        repeat { worker.wake.wait() } while perform(worker)
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
        worker.shared.finished.signal()
        return true
    }
}
