import CEpoll
import DequeModule
import Dispatch
import HTTP
import Platform
import Synchronization

/// A serial Dispatch queue on which the descriptors of many connections are watched.
///
/// All of them are members of one epoll set, and one Dispatch source watches the set itself: a wake-up of the queue
/// serves every descriptor that is ready, thousands of connections make neither threads nor sources, and what a
/// connection waits for is one bit to change, not a source to suspend.
///
/// Fairness: an event is handled in microseconds, or within the budget that its handler keeps to. What is left over, what takes
/// longer, and what other threads submit waits for a turn: turns are taken in the order they were asked for, a few between one
/// look at the set and the next, so that whoever asks for little waits for little, whatever others ask for.
///
/// Time: one timer, armed at the earliest deadline seen. When it fires, all handlers are asked; since activity mostly
/// moves deadlines later, it fires seldom, and never more often than `scanGrain` for each handler.
///
/// Invariants: handlers and deadlines are touched on `queue` only; a descriptor is in the set exactly while its handler
/// is in `slots`; `armed` is the moment the timer will fire, no later than any handler's deadline (give or take the
/// grain); while `turns` or the inbox is not empty `serve` is running or will soon.
///
/// `@unchecked Sendable`: the mutable state is confined to `queue`, which every method but `submit` requires its
/// caller to be on.
final class EventLoop: @unchecked Sendable {
    /// Names a handler. The generation keeps an event that was fetched before its handler left from reaching the next
    /// handler in the same slot.
    struct Registration: Hashable {
        let slot: Int
        let generation: UInt32
        fileprivate var tag: UInt64 { UInt64(generation) << 32 | UInt64(slot) }

        fileprivate init(slot: Int, generation: UInt32) {
            self.slot = slot
            self.generation = generation
        }

        fileprivate init(tag: UInt64) {
            self.init(slot: Int(tag & 0xFFFF_FFFF), generation: UInt32(tag >> 32))
        }
    }

    private struct Slot {
        var generation: UInt32 = 0
        var handler: (any EventHandler)?
    }

    /// Work of other threads.
    private struct Inbox {
        /// Before anything else: it is short, and what it brings has waited already.
        var urgent: [Job] = []
        /// A turn each.
        var ordinary: [Job] = []
        /// Whether `serve` is running or will soon.
        var isSeenTo = false
    }

    private enum Turn {
        case handler(Registration)
        case job(Job)
    }

    /// What the loop is asked to do once.
    typealias Job = @Sendable () -> Void

    /// Owns the epoll descriptor until Dispatch has let go of it.
    private final class EpollSet: Sendable {
        let descriptor: FileDescriptor
        init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }
    }

    /// Events fetched at once.
    private static let eventCapacity = 256
    /// Fetches before the queue's other work gets its turn.
    private static let roundsPerWake = 16
    /// Turns taken before the set is looked at again, and the time after which no further one begins, in nanoseconds.
    private static let turnsPerRound = 16
    private static let turnTime: UInt64 = 250_000
    /// The most bytes one read brings.
    private static let inputCapacity = 128 << 10
    /// The least time between two scans of the deadlines, in nanoseconds for each handler.
    private static let scanGrain: UInt64 = 10_000
    /// The longest time without a scan, in nanoseconds: an hour is far enough.
    private static let longestWait: UInt64 = 3_600_000_000_000

    private static let current = DispatchSpecificKey<ObjectIdentifier>()

    /// The queue that all of the loop's work is done on.
    let queue: DispatchQueue
    /// Lent to whichever connection is reading.
    let input: UnsafeMutableRawBufferPointer
    private let set: EpollSet
    private let source: any DispatchSourceRead
    private let timer: any DispatchSourceTimer
    private let events: UnsafeMutablePointer<epoll_event>
    private var slots: [Slot] = []
    private var freeSlots: [Int] = []
    private var armed = UInt64.max
    private var turns: Deque<Turn> = []
    private let inbox = Mutex(Inbox())

    /// A loop that runs until it is released.
    init(label: String) throws(TransportError) {
        queue = DispatchQueue(label: label)
        set = EpollSet(
            FileDescriptor(owning: try SystemCall.immediate("epoll_create1") { epoll_create1(CInt(EPOLL_CLOEXEC)) }))
        source = DispatchSource.makeReadSource(fileDescriptor: set.descriptor.raw, queue: queue)
        timer = DispatchSource.makeTimerSource(queue: queue)
        input = .allocate(byteCount: Self.inputCapacity, alignment: 64)
        events = .allocate(capacity: Self.eventCapacity)
        events.initialize(repeating: epoll_event(), count: Self.eventCapacity)
        queue.setSpecific(key: Self.current, value: ObjectIdentifier(self))
        source.setEventHandler { [weak self] in self?.serve() }
        // Closing a descriptor that Dispatch still watches would let it watch the next one of that number.
        source.setCancelHandler { [set] in _ = set }
        timer.setEventHandler { [weak self] in self?.scanDeadlines() }
        // Dispatch opens a descriptor for its timers when the first of them has a time. With the descriptors all taken it
        // cannot, and says nothing: no timer would ever fire, among them the one after which listening goes on.
        timer.schedule(deadline: .now() + .nanoseconds(Int(Self.longestWait)))
        source.activate()
        timer.activate()
    }

    deinit {
        source.cancel()
        timer.cancel()
        input.deallocate()
        events.deallocate()
    }

    /// Has `job` done soon, on the queue.
    ///
    /// - Parameter isUrgent: whether it goes before everything else, as what takes only microseconds may.
    func submit(isUrgent: Bool = false, _ job: @escaping Job) {
        let isFirst = inbox.withLock { inbox in
            if isUrgent { inbox.urgent.append(job) } else { inbox.ordinary.append(job) }
            defer { inbox.isSeenTo = true }
            return !inbox.isSeenTo
        }
        if isFirst { serveSoon() }
    }

    /// Whether the caller is on the loop's queue.
    var isCurrent: Bool { DispatchQueue.getSpecific(key: Self.current) == ObjectIdentifier(self) }

    // MARK: Handlers

    /// Watches a descriptor for its handler, which is kept until `remove`.
    func add(
        _ handler: any EventHandler, descriptor: CInt, interest: Readiness
    ) throws(TransportError) -> Registration {
        let slot: Int
        if let free = freeSlots.popLast() {
            slot = free
        } else {
            slot = slots.count
            slots.append(Slot())
        }
        let registration = Registration(slot: slot, generation: slots[slot].generation)
        do throws(TransportError) {
            try control(EPOLL_CTL_ADD, registration, descriptor, interest)
        } catch {
            freeSlots.append(slot)
            throw error
        }
        slots[slot].handler = handler
        deadlineMoved(to: handler.deadline)
        return registration
    }

    /// Changes what is waited for.
    func update(
        _ registration: Registration, descriptor: CInt, interest: Readiness
    ) throws(TransportError) {
        try control(EPOLL_CTL_MOD, registration, descriptor, interest)
    }

    /// Lets go of a handler, before its descriptor is closed.
    func remove(_ registration: Registration, descriptor: CInt) {
        guard slots[registration.slot].generation == registration.generation else { return }
        // Fails only for a descriptor that is not in the set, which is what is wanted.
        try? control(EPOLL_CTL_DEL, registration, descriptor, [])
        slots[registration.slot].handler = nil
        slots[registration.slot].generation &+= 1
        freeSlots.append(registration.slot)
    }

    /// The handlers at the moment.
    var handlers: [any EventHandler] { slots.compactMap(\.handler) }

    private func control(
        _ operation: CInt, _ registration: Registration, _ descriptor: CInt, _ interest: Readiness
    ) throws(TransportError) {
        var event = epoll_event()
        event.events = interest.rawValue
        event.data.u64 = registration.tag
        try SystemCall.immediate("epoll_ctl") { epoll_ctl(set.descriptor.raw, operation, descriptor, &event) }
    }

    private func serve() {
        for _ in 0..<Self.roundsPerWake {
            openInbox()
            let count = Int(epoll_wait(set.descriptor.raw, events, CInt(Self.eventCapacity), 0))
            // Close enough for all of them: each takes microseconds.
            let now = Moment.now()
            for index in 0..<max(0, count) {
                handler(of: Registration(tag: events[index].data.u64))?
                    .ready(Readiness(rawValue: events[index].events), at: now)
            }
            takeTurns()
            if count <= 0, turns.isEmpty { break }
        }
        // What came in the meantime, and a loop that is never done, go behind the queue's other work.
        let isDone = inbox.withLock { inbox in
            inbox.isSeenTo = !(turns.isEmpty && inbox.urgent.isEmpty && inbox.ordinary.isEmpty)
            return !inbox.isSeenTo
        }
        if !isDone { serveSoon() }
    }

    private func serveSoon() {
        queue.async { [weak self] in self?.serve() }
    }

    private func openInbox() {
        let (urgent, ordinary) = inbox.withLock { inbox in
            defer { (inbox.urgent, inbox.ordinary) = ([], []) }
            return (inbox.urgent, inbox.ordinary)
        }
        for job in urgent { job() }
        for job in ordinary { turns.append(.job(job)) }
    }

    private func handler(of registration: Registration) -> (any EventHandler)? {
        guard slots[registration.slot].generation == registration.generation else { return nil }
        return slots[registration.slot].handler
    }

    // MARK: Turns

    /// Has `takeTurn` of the handler called soon, after those that have asked before.
    func askTurn(_ registration: Registration) {
        turns.append(.handler(registration))
        // Within `serve` this is seen at its end at the latest.
        let isFirst = inbox.withLock { inbox in
            defer { inbox.isSeenTo = true }
            return !inbox.isSeenTo
        }
        if isFirst { serveSoon() }
    }

    private func takeTurns() {
        guard !turns.isEmpty else { return }
        var now = Moment.now()
        let end = now.nanoseconds + Self.turnTime
        for _ in 0..<min(turns.count, Self.turnsPerRound) {
            switch turns.removeFirst() {
            case .handler(let registration): handler(of: registration)?.takeTurn(at: now)
            case .job(let job): job()
            }
            now = Moment.now()
            if now.nanoseconds >= end { return }
        }
    }

    // MARK: Time

    /// A handler's deadline may have come closer.
    func deadlineMoved(to deadline: UInt64) {
        if deadline < armed { arm(deadline, now: Moment.now().nanoseconds) }
    }

    private func arm(_ deadline: UInt64, now: UInt64) {
        armed = deadline
        // At the latest the scan finds nothing due and arms again.
        let wait = min(deadline > now ? deadline - now : 0, Self.longestWait)
        timer.schedule(deadline: .now() + .nanoseconds(Int(wait) + 1), leeway: .microseconds(500))
    }

    private func scanDeadlines() {
        armed = .max
        let now = Moment.now()
        var next = UInt64.max
        for slot in slots.indices {
            guard let handler = slots[slot].handler else { continue }
            if handler.deadline <= now.nanoseconds { handler.timePassed(at: now) }
            // It may have left in the meantime.
            if let handler = slots[slot].handler { next = min(next, handler.deadline) }
        }
        if next != .max { next = max(next, now.nanoseconds + UInt64(slots.count) * Self.scanGrain) }
        if next < armed || armed != .max { arm(min(next, armed), now: now.nanoseconds) }
    }
}
