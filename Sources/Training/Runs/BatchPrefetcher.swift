import Platform
import Dispatch
import Synchronization

/// Loads the next batch on a thread of its own while a step computes on the last.
///
/// There are two blocks of memory: a step reads one, the other is written. Which photos a batch has and how they vary
/// follows from the step alone, so that this changes nothing but the time. In the steady state a step waits only if loading
/// takes longer than computing.
///
/// Not `Sendable`: one trainer owns it.
final class BatchPrefetcher {
    /// What was loaded, handed from the loading thread to the one that waits.
    private final class Loading: Sendable {
        let step: Int
        private let isDone = DispatchSemaphore(value: 0)
        private let result = Mutex<Result<[MultiBoxTargets], TrainerError>?>(nil)

        init(step: Int) { self.step = step }

        func finish(_ result: Result<[MultiBoxTargets], TrainerError>) {
            self.result.withLock { $0 = result }
            isDone.signal()
        }

        func wait() -> Result<[MultiBoxTargets], TrainerError> {
            isDone.wait()
            isDone.signal()
            guard let result = result.withLock({ $0 }) else { preconditionFailure("done without a result") }
            return result
        }
    }

    private let loader: BatchLoader
    private var blocks: [FloatBuffer]
    /// What is being loaded into the second block.
    private var loading: Loading?

    /// A prefetcher of batches of `floats` numbers.
    init(loader: BatchLoader, floats: Int) {
        self.loader = loader
        blocks = [FloatBuffer(count: floats), FloatBuffer(count: floats)]
    }

    // The loading thread writes to a block, which must outlive it.
    deinit { _ = loading?.wait() }

    /// The inputs and targets of a step, valid until the next call, which is quick for the step after this one.
    func batch(ofStep step: Int) throws(TrainerError) -> (UnsafeBufferPointer<Float>, [MultiBoxTargets]) {
        if loading?.step != step {
            _ = loading?.wait()
            start(step)
        }
        guard let result = loading?.wait() else { preconditionFailure("a batch that was asked for") }
        loading = nil
        let targets = try result.get()
        blocks.swapAt(0, 1)
        start(step + 1)
        return (UnsafeBufferPointer(start: blocks[0].floats, count: blocks[0].count), targets)
    }

    private func start(_ step: Int) {
        let loading = Loading(step: step)
        self.loading = loading
        // The block belongs to the loading thread until it is done: only `batch` touches blocks, after it has waited, and
        // deinitialization waits as well.
        nonisolated(unsafe) let block = UnsafeMutableBufferPointer(start: blocks[1].floats, count: blocks[1].count)
        let load: @Sendable () -> Void = { [loader] in
            loading.finish(Result { () throws(TrainerError) in try loader.load(step: step, into: block) })
        }
        // Without a thread left in the system it is done at once.
        if BackgroundThread(name: "loader", load) == nil { load() }
    }
}
