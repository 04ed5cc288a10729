import Synchronization

/// Gathers items to batches and runs them on a fixed number of streams, each a thread of its own.
///
/// An item is *waiting* (in the formation), then *in flight* (in a batch on a stream), then answered; or it is answered
/// straight from waiting: refused, cancelled, past its deadline, or left over when the scheduler ends.
///
/// A stream is *parked* (in `parked`), *woken* (counted by `woken`, not yet at the queue) or *busy*.
///
/// Invariants, whenever the lock is free:
/// - a completion is called exactly once, by whoever removed its item from the formation or its batch from a stream;
/// - if a batch is ready, a stream is woken for it or none is parked: no wake-up is lost;
/// - `armed` is no later than the next moment at which time alone changes something.
///
/// Completions run on the thread that settled the item: a stream's, the timer's, or the caller of `submit`, `cancel` or
/// `drain`. They are called without the lock and must be short, since a stream takes its next batch after them.
///
/// Where schedulers share turns, a stream takes one before it takes a batch: what it waits for so is still *waiting*, can be
/// cancelled and joined by more, and the stream is still *woken*.
///
/// A scheduler that is released answers what still waits with `shuttingDown` and ends its threads.
public final class BatchScheduler<Input: Sendable, Output: Sendable>: Sendable {
    /// A moment of the clock that deadlines are given in.
    public typealias Instant = ContinuousClock.Instant
    /// Computes the batch `inputs` on `stream` (0 ..< streams): one answer an input, in order.
    public typealias Process = @Sendable (_ stream: Int, _ inputs: [Input]) -> [Result<Output, any Error>]
    /// Receives the one answer of an item.
    public typealias Completion = @Sendable (Result<Output, SchedulerFailure>, BatchTiming) -> Void

    private struct Work: Sendable {
        let input: Input
        let completion: Completion
    }

    private typealias Entry = BatchFormation<Work>.Entry

    private struct Drain: Sendable {
        let deadline: Instant
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var formation: BatchFormation<Work>
        var takesItems = true
        var parked: [Int]
        var woken = 0
        var inFlight = 0
        /// Items that were taken out and whose answers are under way, outside of the lock.
        var unanswered = 0
        var armed: Instant?
        var drains: [Drain] = []
    }

    /// What is left to do once the lock is free.
    private struct Consequences: Sendable {
        let now: Instant
        var settled: [(entry: Entry, error: SubmissionError)] = []
        var wake: Int?
        var timerIsLate = false
        var drained: [(drain: Drain, complete: Bool)] = []

        init(now: Instant) { self.now = now }

        mutating func settle(_ entries: [Entry], _ error: SubmissionError) {
            for entry in entries { settled.append((entry, error)) }
        }
    }

    /// The limits in force.
    public let policy: BatchPolicy
    /// How many streams there are.
    public let streams: Int
    private let process: Process
    /// What it shares with other schedulers, and its number there.
    private let turns: (shared: BatchTurns, number: Int)?
    private let state: Mutex<State>
    private let threads: [StreamThread]
    private let timer: DeadlineTimer

    /// Starts `streams` parked threads that run `process`.
    ///
    /// - Parameter turns: what it shares with other schedulers; nil to run each batch as soon as a stream is free.
    public init(
        streams: Int, policy: BatchPolicy = BatchPolicy(), turns: BatchTurns? = nil, process: @escaping Process
    ) {
        precondition(streams > 0, "a scheduler needs a stream")
        self.policy = policy
        self.streams = streams
        self.process = process
        self.turns = turns.map { ($0, $0.join()) }
        // Descending, so that stream 0, at the end, is the first to be woken.
        state = Mutex(State(formation: BatchFormation(policy: policy), parked: (0..<streams).reversed()))
        threads = (0..<streams).map { _ in StreamThread() }
        let owner = WeakOwner()
        timer = DeadlineTimer { owner.scheduler?.tick() }
        owner.scheduler = self
        for (stream, thread) in threads.enumerated() {
            thread.start { [weak self] in
                guard let self else { return false }
                run(stream)
                return true
            }
        }
    }

    /// Lets the timer, which is made before `self` is complete, find the scheduler without keeping it alive.
    ///
    /// `@unchecked Sendable`: written once, in the initializer, before the timer is first asked to tick.
    private final class WeakOwner: @unchecked Sendable {
        weak var scheduler: BatchScheduler?
    }

    deinit {
        let left = state.withLock { $0.formation.removeAll() }
        var consequences = Consequences(now: .now)
        consequences.settle(left, .shuttingDown)
        Self.answer(consequences)
        for thread in threads { thread.wake() }
        if let turns { turns.shared.leave(turns.number) }
    }

    // MARK: Items

    /// Hands in an item that holds `bytes` bytes while it waits and is worthless after `deadline`.
    ///
    /// `completion` is called exactly once. For a refused item it is called before this returns, with `queueFull`,
    /// `queueBytesFull`, `deadlineExceeded` or `shuttingDown`.
    @discardableResult
    public func submit(
        _ input: Input, bytes: Int, deadline: Instant? = nil, completion: @escaping Completion
    ) -> BatchTicket {
        let (ticket, refusal, consequences) = state.withLock { state in
            var consequences = begin(&state)
            let work = Work(input: input, completion: completion)
            var refusal: SubmissionError?
            var ticket: BatchTicket?
            do throws(SubmissionError) {
                guard state.takesItems else { throw .shuttingDown }
                ticket = try state.formation.admit(work, bytes: bytes, deadline: deadline, now: consequences.now)
            } catch {
                refusal = error
            }
            finish(&state, &consequences)
            return (ticket ?? state.formation.issueTicket(), refusal, consequences)
        }
        perform(consequences)
        if let refusal {
            completion(
                .failure(.submission(refusal)), BatchTiming(waiting: .zero, processing: .zero, batchSize: 0))
        }
        return ticket
    }

    /// Answers a waiting item with `cancelled`, before this returns. False if it does not wait any more: then it is in
    /// flight and will be answered with its result, or has been answered already.
    @discardableResult
    public func cancel(_ ticket: BatchTicket) -> Bool {
        let (found, consequences) = state.withLock { state in
            var consequences = begin(&state)
            let entry = state.formation.remove(ticket)
            if let entry { consequences.settle([entry], .cancelled) }
            finish(&state, &consequences)
            return (entry != nil, consequences)
        }
        perform(consequences)
        return found
    }

    /// Ends the intake for good and waits until every item is answered, or until `deadline`: items that still wait then
    /// are answered with `shuttingDown`. True if every item was processed or had been answered before the deadline.
    public func drain(until deadline: Instant) async -> Bool {
        await withCheckedContinuation { continuation in
            let consequences = state.withLock { state in
                var consequences = begin(&state)
                state.takesItems = false
                state.drains.append(Drain(deadline: deadline, continuation: continuation))
                finish(&state, &consequences)
                return consequences
            }
            perform(consequences)
        }
    }

    // MARK: Observables

    /// The number of waiting items.
    public var queueDepth: Int { state.withLock { $0.formation.count } }

    /// The bytes that the waiting items hold together.
    public var queuedBytes: Int { state.withLock { $0.formation.queuedBytes } }

    /// The number of items that streams have taken and not yet answered.
    public var inFlight: Int { state.withLock { $0.inFlight } }

    // MARK: Streams

    /// Runs batches on the calling thread until none is ready.
    private func run(_ stream: Int) {
        if let turns { return run(stream, in: turns.shared, as: turns.number) }
        state.withLock { $0.woken -= 1 }
        var finished = 0
        while true {
            let (batch, consequences) = state.withLock { state in
                var consequences = begin(&state)
                state.inFlight -= finished
                let batch = state.formation.takeBatch(now: consequences.now, intakeEnded: !state.takesItems)
                state.inFlight += batch.count
                if batch.isEmpty { state.parked.append(stream) }
                finish(&state, &consequences)
                return (batch, consequences)
            }
            perform(consequences)
            if batch.isEmpty { return }
            run(batch, taken: consequences.now, on: stream)
            finished = batch.count
        }
    }

    /// The same, each batch in a turn.
    private func run(_ stream: Int, in turns: BatchTurns, as number: Int) {
        var mayGoOn = true
        while mayGoOn {
            turns.take(for: number)
            let (batch, consequences) = state.withLock { state in
                var consequences = begin(&state)
                state.woken -= 1
                let batch = state.formation.takeBatch(now: consequences.now, intakeEnded: !state.takesItems)
                state.inFlight += batch.count
                if batch.isEmpty { state.parked.append(stream) }
                finish(&state, &consequences)
                return (batch, consequences)
            }
            perform(consequences)
            if !batch.isEmpty { run(batch, taken: consequences.now, on: stream) }
            turns.end(for: number, after: batch.isEmpty ? .zero : consequences.now.duration(to: .now))
            mayGoOn = !batch.isEmpty && wantsAnotherTurn(stream, finished: batch.count)
        }
    }

    /// Whether a stream that has finished so many items goes on, as one that was woken again; else it is parked.
    private func wantsAnotherTurn(_ stream: Int, finished: Int) -> Bool {
        let (goesOn, consequences) = state.withLock { state in
            var consequences = begin(&state)
            state.inFlight -= finished
            let isReady =
                state.formation.readiness(now: consequences.now, intakeEnded: !state.takesItems) == .ready
            let goesOn = isReady && state.formation.count > state.woken * policy.maximumBatchSize
            if goesOn { state.woken += 1 } else { state.parked.append(stream) }
            finish(&state, &consequences)
            return (goesOn, consequences)
        }
        perform(consequences)
        return goesOn
    }

    private func run(_ batch: [Entry], taken: Instant, on stream: Int) {
        let start = Instant.now
        let results = process(stream, batch.map { $0.item.input })
        precondition(results.count == batch.count, "\(results.count) answers to \(batch.count) inputs")
        let processing = start.duration(to: .now)
        for (entry, result) in zip(batch, results) {
            let timing = BatchTiming(
                waiting: entry.arrival.duration(to: taken), processing: processing, batchSize: batch.count)
            entry.item.completion(result.mapError(SchedulerFailure.processing), timing)
        }
    }

    // MARK: Transitions

    /// The time-driven work: expired items, ended holds, drains out of time. Returns when it is next due.
    private func tick() -> Instant? {
        let (next, consequences) = state.withLock { state in
            state.armed = nil
            var consequences = begin(&state)
            finish(&state, &consequences)
            return (state.armed, consequences)
        }
        perform(consequences, armsTimer: false)
        return next
    }

    /// Opens every transition: what the time since the last one has brought.
    private func begin(_ state: inout State) -> Consequences {
        var consequences = Consequences(now: .now)
        consequences.settle(state.formation.removeExpired(now: consequences.now), .deadlineExceeded)
        return consequences
    }

    /// Closes every transition: restores the invariants.
    private func finish(_ state: inout State, _ consequences: inout Consequences) {
        let now = consequences.now
        let intakeEnded = !state.takesItems
        if state.drains.contains(where: { $0.deadline <= now }) {
            consequences.settle(state.formation.removeAll(), .shuttingDown)
        }
        // What this transition settles is answered before a drain is told; what another one did, perhaps not yet.
        let allAnswered = state.formation.count == 0 && state.inFlight == 0 && state.unanswered == 0
        state.unanswered += consequences.settled.count
        let leftOver = consequences.settled.contains { $0.error == .shuttingDown }
        state.drains.removeAll { drain in
            guard allAnswered || drain.deadline <= now else { return false }
            consequences.drained.append((drain, allAnswered && !leftOver))
            return true
        }
        // A woken stream will take up to a whole batch: a second one is woken only for what exceeds that.
        if let stream = state.parked.last, state.formation.count > state.woken * policy.maximumBatchSize,
            state.formation.readiness(now: now, intakeEnded: intakeEnded) == .ready
        {
            state.parked.removeLast()
            state.woken += 1
            consequences.wake = stream
        }
        var next = state.formation.nextEvent(
            now: now, streamIsFree: !state.parked.isEmpty, intakeEnded: intakeEnded)
        for drain in state.drains { next = min(next ?? drain.deadline, drain.deadline) }
        // A timer that is armed too early stays: it fires for nothing, which is cheaper than arming it for every item.
        if let next, next < state.armed ?? next + .nanoseconds(1) {
            state.armed = next
            consequences.timerIsLate = true
        }
    }

    private func perform(_ consequences: Consequences, armsTimer: Bool = true) {
        if let stream = consequences.wake { threads[stream].wake() }
        if consequences.timerIsLate && armsTimer { timer.update() }
        Self.answer(consequences)
        for (drain, complete) in consequences.drained { drain.continuation.resume(returning: complete) }
        guard !consequences.settled.isEmpty else { return }
        // Only now a drain may be told that they are answered.
        let more = state.withLock { state in
            state.unanswered -= consequences.settled.count
            var more = begin(&state)
            finish(&state, &more)
            return more
        }
        perform(more)
    }

    private static func answer(_ consequences: Consequences) {
        for (entry, error) in consequences.settled {
            let timing = BatchTiming(
                waiting: entry.arrival.duration(to: consequences.now), processing: .zero, batchSize: 0)
            entry.item.completion(.failure(.submission(error)), timing)
        }
    }
}
