import Dispatch
import Testing

/// Runs a suite's tests one after another on a thread of their own.
///
/// They block while they wait for processes, which would take the cooperative pool's few threads from the other tests.
struct EndToEnd: TestTrait, SuiteTrait, TestScoping {
    private final class BlockingExecutor: TaskExecutor {
        private let queue = DispatchQueue(label: "multibox.tests.end-to-end")

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        }
    }

    private static let executor = BlockingExecutor()

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await withTaskExecutorPreference(Self.executor) { try await function() }
    }
}

extension Trait where Self == EndToEnd {
    /// For tests that wait for processes.
    static var endToEnd: EndToEnd { EndToEnd() }
}
