import Batching
import Dispatch
import Synchronization

/// Collects the answers to items, which the tests number.
final class Answers: Sendable {
    /// What an item was answered with.
    enum Answer: Hashable {
        case output(Int)
        case refused(SubmissionError)
        case failed
    }

    private let received = Mutex<[(item: Int, answer: Answer, timing: BatchTiming)]>([])
    private let arrivals = DispatchSemaphore(value: 0)

    /// The completion of `item`.
    func completion(_ item: Int) -> BatchScheduler<Int, Int>.Completion {
        { result, timing in
            let answer: Answer =
                switch result {
                case .success(let output): .output(output)
                case .failure(.submission(let error)): .refused(error)
                case .failure(.processing): .failed
                }
            self.received.withLock { $0.append((item, answer, timing)) }
            self.arrivals.signal()
        }
    }

    /// Waits until `count` more answers have come.
    func await(_ count: Int) {
        for _ in 0..<count { arrivals.wait() }
    }

    /// The items in the order of their answers.
    var items: [Int] { received.withLock { $0.map(\.item) } }

    /// The answers of `item`: one, if all is well.
    func of(_ item: Int) -> [Answer] { received.withLock { $0.filter { $0.item == item }.map(\.answer) } }

    /// The timings in the order of the answers.
    var timings: [BatchTiming] { received.withLock { $0.map(\.timing) } }
}
