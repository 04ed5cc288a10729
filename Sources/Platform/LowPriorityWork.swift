import Dispatch
import Synchronization

/// Work that gives way to all other threads of the process: what may take longer, beside what should not.
public enum LowPriorityWork {
    /// As nice(1) has it: against a thread of usual priority that always runs, one like this has a tenth of its time.
    private static let niceness: CInt = 10

    private final class Outcome<Value: Sendable>: Sendable {
        let result = Mutex<Result<Value, any Error>?>(nil)
        let isThere = DispatchSemaphore(value: 0)
    }

    /// Does the work on a thread of its own and waits for it. On Linux with glibc priority is a thread's, and threads that
    /// the work starts would have it too; elsewhere it is as usual.
    ///
    /// - Throws: what the work throws.
    public static func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) throws -> Value {
        let outcome = Outcome<Value>()
        let thread = BackgroundThread(name: "low priority") {
            #if canImport(Glibc)
                let thread = __priority_which_t(PRIO_PROCESS.rawValue)
                // Where that is refused, the work has the priority of others; where that is lower already, it stays.
                if getpriority(thread, 0) < niceness { _ = setpriority(thread, 0, niceness) }
            #endif
            let result = Result { try work() }
            outcome.result.withLock { $0 = result }
            outcome.isThere.signal()
        }
        guard thread != nil else { return try work() }
        outcome.isThere.wait()
        guard let result = outcome.result.withLock({ $0 }) else { preconditionFailure("the work has ended") }
        return try result.get()
    }
}
