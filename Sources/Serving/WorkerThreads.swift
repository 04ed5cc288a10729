import Dispatch
import Platform
import Synchronization

/// Threads that decode images and write answers, apart from event loops and engine.
///
/// Threads of their own rather than a Dispatch queue: a large photo keeps one busy for a second, and in Dispatch's pool it
/// would take the place of an event loop. Jobs of each urgency run in the order they came; answers go before images,
/// since they free memory. What waits is bounded by `Admission`.
///
/// Threads that are released end when they have done what was submitted.
final class WorkerThreads: Sendable {
    /// Work to do once.
    typealias Job = @Sendable () -> Void

    private struct State {
        var answers = JobQueue()
        var images = JobQueue()
        var hasEnded = false
    }

    /// What the threads share; they do not keep `WorkerThreads` alive.
    private final class Shared: Sendable {
        let state = Mutex(State())
        /// Counts the jobs, and one for each thread at the end.
        let signals = DispatchSemaphore(value: 0)

        /// Runs jobs until the end.
        func run() {
            while true {
                signals.wait()
                let (job, hasEnded) = state.withLock { state in
                    (state.answers.removeFirst() ?? state.images.removeFirst(), state.hasEnded)
                }
                if let job { job() } else if hasEnded { return }
            }
        }
    }

    private let shared = Shared()
    private let count: Int

    /// Starts `count` threads.
    init(count: Int) {
        precondition(count > 0, "a service needs a worker")
        self.count = count
        for number in 0..<count {
            let thread = BackgroundThread(name: "worker \(number)") { [shared] in shared.run() }
            // With fewer threads answers take longer; without any there would be none.
            guard thread != nil else {
                precondition(number > 0, "the system has no thread for a worker")
                break
            }
        }
    }

    deinit {
        shared.state.withLock { $0.hasEnded = true }
        for _ in 0..<count { shared.signals.signal() }
    }

    /// Has a job on an image done.
    func decode(_ job: @escaping Job) {
        shared.state.withLock { $0.images.append(job) }
        shared.signals.signal()
    }

    /// Has an answer written.
    func answer(_ job: @escaping Job) {
        shared.state.withLock { $0.answers.append(job) }
        shared.signals.signal()
    }
}

/// First in, first out, in amortised constant time.
private struct JobQueue {
    private var jobs: [WorkerThreads.Job?] = []
    private var head = 0

    mutating func append(_ job: @escaping WorkerThreads.Job) { jobs.append(job) }

    mutating func removeFirst() -> WorkerThreads.Job? {
        guard head < jobs.count else { return nil }
        let job = jobs[head]
        jobs[head] = nil
        head += 1
        // Moving what is left costs no more than what has been taken since the last time.
        if head * 2 >= jobs.count {
            jobs.removeFirst(head)
            head = 0
        }
        return job
    }
}
