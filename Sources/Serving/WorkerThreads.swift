import Dispatch
import Platform
import Synchronization

/// Threads that decode images and write answers, apart from event loops and engine.
///
/// Threads of their own rather than a Dispatch queue: a large photo keeps one busy for a second, and in Dispatch's pool it
/// would take the place of an event loop. Answers go before images, since they free memory, in the order they came; images of
/// several models in turn, those of one in the order they came. What waits is bounded by `Admission`.
///
/// Threads that are released end when they have done what was submitted.
final class WorkerThreads: Sendable {
    /// Work to do once.
    typealias Job = @Sendable () -> Void

    private struct State {
        var answers = JobQueue()
        var images = JobTurns()
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

    /// Has a job on an image for a model done.
    func decode(for model: String, _ job: @escaping Job) {
        shared.state.withLock { $0.images.append(job, of: model) }
        shared.signals.signal()
    }

    /// Has an answer written.
    func answer(_ job: @escaping Job) {
        shared.state.withLock { $0.answers.append(job) }
        shared.signals.signal()
    }
}

/// Those who have jobs, in turn, a job each.
private struct JobTurns {
    private var queues: [String: JobQueue] = [:]
    /// Those whose queue is not empty, in the order of their turns.
    private var order: [String] = []

    mutating func append(_ job: @escaping WorkerThreads.Job, of owner: String) {
        if queues[owner] == nil { order.append(owner) }
        queues[owner, default: JobQueue()].append(job)
    }

    mutating func removeFirst() -> WorkerThreads.Job? {
        guard let owner = order.first else { return nil }
        let job = queues[owner]?.removeFirst()
        if queues[owner]?.isEmpty == false {
            if order.count > 1 {
                order.removeFirst()
                order.append(owner)
            }
        } else {
            order.removeFirst()
            queues[owner] = nil
        }
        return job
    }
}

/// First in, first out, in amortised constant time.
private struct JobQueue {
    private var jobs: [WorkerThreads.Job?] = []
    private var head = 0

    var isEmpty: Bool { head == jobs.count }

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
