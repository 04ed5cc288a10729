import Dispatch
import DequeModule
import Synchronization

/// Turns that schedulers take, so that no more than so many of their batches run at once, and each scheduler has its share of
/// the time: ``FairTurns`` for threads.
///
/// Invariant: of the threads in `waiting`, each is woken once, when its scheduler has a turn.
public final class BatchTurns: Sendable {
    private struct State {
        var turns: FairTurns
        /// The threads that wait, by scheduler.
        var waiting: [Int: Deque<DispatchSemaphore>] = [:]
    }

    /// The batches that run at once, at most.
    public let atOnce: Int
    private let state: Mutex<State>

    /// Turns of which so many can be taken at once.
    public init(atOnce: Int) {
        self.atOnce = atOnce
        state = Mutex(State(turns: FairTurns(capacity: atOnce)))
    }

    /// The threads that wait for a turn.
    public var waiting: Int { state.withLock { $0.waiting.values.reduce(0) { $0 + $1.count } } }

    /// The number of a new scheduler.
    func join() -> Int { state.withLock { $0.turns.join() } }

    /// A scheduler ends; none of its threads waits or has a turn.
    func leave(_ scheduler: Int) {
        state.withLock { state in
            state.turns.leave(scheduler)
            state.waiting[scheduler] = nil
        }
    }

    /// Waits for a turn of a scheduler.
    func take(for scheduler: Int) {
        let isMine = DispatchSemaphore(value: 0)
        let granted = state.withLock { state in
            state.turns.ask(scheduler)
            state.waiting[scheduler, default: []].append(isMine)
            return Self.grant(&state)
        }
        for thread in granted { thread.signal() }
        isMine.wait()
    }

    /// Ends a turn that took so long.
    func end(for scheduler: Int, after time: Duration) {
        let granted = state.withLock { state in
            state.turns.end(scheduler, after: time)
            return Self.grant(&state)
        }
        for thread in granted { thread.signal() }
    }

    /// Gives the turns that are free; who is to be told.
    private static func grant(_ state: inout State) -> [DispatchSemaphore] {
        var granted: [DispatchSemaphore] = []
        while let scheduler = state.turns.next() {
            guard let thread = state.waiting[scheduler]?.popFirst() else {
                preconditionFailure("a scheduler has a turn and no thread that waits for it")
            }
            granted.append(thread)
        }
        return granted
    }
}
