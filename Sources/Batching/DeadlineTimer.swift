import Platform
import Dispatch

/// One timer that runs its owner's time-driven work, then sleeps until the moment the owner names.
///
/// Asking and arming happen on one serial queue, so that the last word is always that of the latest state, whichever
/// threads asked.
///
/// `@unchecked Sendable`: `timer` is touched on `queue` only, but for the initializer and the final `cancel`, which
/// Dispatch allows from any thread.
final class DeadlineTimer: @unchecked Sendable {
    private let queue = DispatchQueue(label: "multibox.batching.timer")
    private let timer: any DispatchSourceTimer
    private let tick: @Sendable () -> ContinuousClock.Instant?

    /// A sleeping timer. `tick` does what is due and returns the moment of its next call; nil sleeps until `update`.
    init(tick: @escaping @Sendable () -> ContinuousClock.Instant?) {
        self.tick = tick
        timer = DispatchSource.makeTimerSource(queue: queue)
        timer.setEventHandler { [weak self] in self?.tickAndArm() }
        timer.schedule(deadline: .distantFuture)
        // Releasing a source that was never activated traps.
        timer.activate()
    }

    deinit { timer.cancel() }

    /// Calls `tick` soon, since its next moment may have come closer.
    func update() {
        queue.async { [weak self] in self?.tickAndArm() }
    }

    private func tickAndArm() {
        guard let next = tick() else { return timer.schedule(deadline: .distantFuture) }
        // A day is far enough: the tick then finds nothing due and arms again. Rounded up, so as not to fire early.
        let nanoseconds = Int(min(ContinuousClock.now.duration(to: next), .seconds(86_400)).wholeNanoseconds) + 1
        timer.schedule(deadline: .now() + .nanoseconds(nanoseconds), leeway: .microseconds(50))
    }
}
