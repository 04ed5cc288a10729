import Foundation
import Synchronization

/// Calls `body` on as many threads at once and returns the results in order when all have ended; the first error of any of
/// them is thrown.
func onThreads<Value: Sendable>(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Value) throws -> [Value] {
    let results = ThreadResults<Value>(count: count)
    let group = DispatchGroup()
    for index in 0..<count {
        group.enter()
        Thread.detachNewThread {
            let result = Result { try body(index) }
            results.values.withLock { $0[index] = result }
            group.leave()
        }
    }
    group.wait()
    return try results.values.withLock { try $0.compactMap { try $0?.get() } }
}

private final class ThreadResults<Value: Sendable>: Sendable {
    let values: Mutex<[Result<Value, any Error>?]>

    init(count: Int) { values = Mutex(Array(repeating: nil, count: count)) }
}
