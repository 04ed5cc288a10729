import Dispatch
import Synchronization

/// Works on a row of items on several threads and hands the results over in the row's order, never more than a few
/// ahead of whoever consumes them.
struct OrderedWorkers<Output: Sendable>: Sendable {
    /// Threads.
    let workers: Int
    /// Items that may be in work or done and waiting, for each worker.
    private static var lookaheadPerWorker: Int { 8 }

    private struct State {
        var next = 0
        var finished: [Int: Output] = [:]
        var isStopped = false
    }

    private final class Shared: Sendable {
        let state = Mutex(State())
        let permits: DispatchSemaphore
        let ready = DispatchSemaphore(value: 0)

        init(permits: Int) { self.permits = DispatchSemaphore(value: permits) }
    }

    /// Calls `work` with a worker's number and an item's index for each item, and `consume` with each result in order
    /// on the calling thread. Stops early if `consume` throws.
    func run(
        count: Int, work: @escaping @Sendable (_ worker: Int, _ item: Int) -> Output,
        consume: (_ item: Int, Output) throws -> Void
    ) rethrows {
        let shared = Shared(permits: workers * Self.lookaheadPerWorker)
        let group = DispatchGroup()
        for worker in 0..<min(workers, count) {
            DispatchQueue(label: "multibox.worker.\(worker)").async(group: group) {
                while true {
                    shared.permits.wait()
                    let item = shared.state.withLock { state -> Int? in
                        guard !state.isStopped, state.next < count else { return nil }
                        defer { state.next += 1 }
                        return state.next
                    }
                    guard let item else { return shared.permits.signal().discard }
                    let output = work(worker, item)
                    shared.state.withLock { $0.finished[item] = output }
                    shared.ready.signal()
                }
            }
        }
        defer {
            shared.state.withLock { $0.isStopped = true }
            for _ in 0..<workers { shared.permits.signal() }
            group.wait()
        }
        for item in 0..<count {
            while true {
                if let output = shared.state.withLock({ $0.finished.removeValue(forKey: item) }) {
                    shared.permits.signal()
                    try consume(item, output)
                    break
                }
                shared.ready.wait()
            }
        }
    }
}

extension Int {
    /// A semaphore's `signal` says whether it woke someone, which nobody here wants to know.
    fileprivate var discard: Void { () }
}
