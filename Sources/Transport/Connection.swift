import HTTP
import Synchronization

/// Performs what a connection's state machine decides, on one event loop.
///
/// States: *new* (not yet watched) → *open* (watched under a registration) → *closed* (its descriptor given back). The stream,
/// which owns the descriptor, is part of the first two.
///
/// The common request costs one read and one write: what arrives goes through the machine and the handler, the answers
/// gather in `output`, and one call writes them; the loop is asked to tell of room for output only after a write that
/// could not take all.
///
/// One event does bounded work: a read's worth of input and the first requests in it. The rest waits for a turn of the loop, as
/// a handshake does, which takes a thousand times as long as a request.
///
/// Invariants: the seat is occupied while an event is handled; `interest` is what the loop watches for; after every event `actions` is empty, and `output` is empty or
/// `outputIsBlocked`; `waiting` holds the requests delivered and neither answered nor cancelled.
///
/// `@unchecked Sendable`: all mutable state is confined to the loop's queue; other threads hold a connection only to
/// pass it back to `loop.submit`.
final class Connection: EventHandler, @unchecked Sendable {
    private enum State {
        case new(any ByteStream)
        case open(any ByteStream, EventLoop.Registration)
        case closed
    }

    /// Answers of up to this many bytes are always given: errors, detections and `/metrics`, which are wanted most when
    /// memory is short. A connection has few of them, as its requests wait while its answers are not taken.
    private static let smallAnswer = 32 << 10

    /// The loop it lives on.
    let loop: EventLoop
    private let service: ConnectionService
    private let seat: ConnectionSeat
    private let remoteAddress: String?
    private var state: State
    private var machine: ConnectionStateMachine
    /// What the machine has decided and is not performed yet.
    private var actions: [ConnectionAction] = []
    private var isPerforming = false
    private var output = OutputQueue()
    private var outputIsBlocked = false
    private var waiting: [PendingRequest] = []
    private var interest: Readiness = .input
    /// The bytes that the service was told of.
    private var heldBytes = 0
    /// When the event began that is being handled. What follows from it on the loop is quick, so it happens then too.
    private var now = Moment.now()
    /// What the stream waits for in order to read, and to write.
    private var readAwaits: Readiness = .input
    private var writeAwaits: Readiness = .output
    private var hasAskedTurn = false
    /// Readiness that waits for a turn.
    private var deferred: Readiness = []
    /// When the stream must be established.
    private let handshakeDeadline: UInt64
    /// Whether the observer knows that the handshake failed.
    private var hasToldFailure = false

    /// A connection that the service has room for; `start` it on its loop.
    init(
        _ stream: any ByteStream, seat: ConnectionSeat, remoteAddress: String?, loop: EventLoop,
        service: ConnectionService
    ) {
        self.seat = seat
        state = .new(stream)
        self.remoteAddress = remoteAddress
        self.loop = loop
        self.service = service
        let configuration = service.configuration(of: seat)
        machine = ConnectionStateMachine(configuration: configuration, remoteAddress: remoteAddress, at: now)
        handshakeDeadline = now.nanoseconds &+ configuration.headerTimeout.wholeNanoseconds
    }

    /// What it reads and writes; nil once it is closed.
    private var stream: (any ByteStream)? {
        switch state {
        case .new(let stream), .open(let stream, _): stream
        case .closed: nil
        }
    }

    // MARK: Events

    /// Begins to watch.
    func start() {
        guard case .new(let stream) = state else { return }
        do throws(TransportError) {
            state = .open(stream, try loop.add(self, descriptor: stream.raw, interest: interest))
            seat.leave(machine.vacancy)
            seat.whenGivenAway { [weak self] in
                guard let self else { return }
                loop.submit(isUrgent: true) { self.giveWay() }
            }
        } catch {
            service.observer.acceptFailed(error)
            close()
        }
    }

    func ready(_ events: Readiness, at now: Moment) {
        if stream?.isEstablished == false {
            deferred.formUnion(events)
            return askTurn()
        }
        if seat.occupy() { handle(events, at: now) }
    }

    func takeTurn(at now: Moment) {
        hasAskedTurn = false
        guard seat.occupy() else { return }
        if !deferred.isEmpty {
            let events = deferred
            deferred = []
            handle(events, at: now)
        } else if machine.wantsInput, stream?.hasBufferedInput == true {
            self.now = now
            read()
        } else {
            self.now = now
            machine.takeTurn(at: now, into: &actions)
            perform()
        }
    }

    private func askTurn() {
        guard !hasAskedTurn, case .open(_, let registration) = state else { return }
        hasAskedTurn = true
        loop.askTurn(registration)
    }

    private func handle(_ events: Readiness, at now: Moment) {
        self.now = now
        let failed = !events.isDisjoint(with: .hangUp)
        if outputIsBlocked, failed || !events.isDisjoint(with: writeAwaits) {
            outputIsBlocked = false
            perform()
        }
        if machine.wantsInput {
            if failed || !events.isDisjoint(with: readAwaits) { read() }
        } else if failed {
            machine.connectionFailed(into: &actions)
            perform()
        }
        seat.leave(machine.vacancy)
    }

    var deadline: UInt64 {
        var deadline = UInt64.max
        if let next = machine.nextDeadline { deadline = next }
        return stream?.isEstablished == false ? min(deadline, handshakeDeadline) : deadline
    }

    func timePassed(at now: Moment) {
        self.now = now
        if stream?.isEstablished == false, handshakeDeadline <= now.nanoseconds {
            tell(handshakeFailure: .handshakeTimeout)
            return abort()
        }
        machine.timePassed(at: now, into: &actions)
        perform()
    }

    /// The answer to a delivered request.
    func respond(_ response: Response, to id: RequestID) {
        guard stream != nil, let index = waiting.firstIndex(where: { $0.id == id }) else { return }
        let request = waiting.remove(at: index)
        if !isPerforming { now = .now() }
        endIfAsked()
        machine.respond(affordable(response, to: request), to: id, at: now, into: &actions)
        perform()
    }

    /// An answer, or the refusal of a large one where all connections together hold what they may: clients that take their
    /// time would add up to any amount.
    private func affordable(_ response: Response, to request: PendingRequest) -> Response {
        guard response.body.count > Self.smallAnswer else { return response }
        // What has changed here since the service was told, such as content that is the handler's now, counts too.
        let change = machine.heldBytes - heldBytes + response.body.count
        if service.hasRoom(for: change) { return response }
        return service.configuration.connection.refusal(
            .memoryFull(limit: service.configuration.maximumHeldBytes), outline(of: request))
    }

    /// The answer to a request whose handler let go of it.
    func lastResort(to request: PendingRequest) -> Response {
        service.configuration.connection.refusal(.unanswered, outline(of: request))
    }

    private func outline(of request: PendingRequest) -> RequestOutline {
        RequestOutline(head: request.head, acceptance: request.acceptance, remoteAddress: remoteAddress)
    }

    /// Answers what was asked, then closes.
    func drain() {
        now = .now()
        machine.drain(at: now, into: &actions)
        perform()
    }

    /// Closes whatever is in flight.
    func abort() {
        machine.cut(into: &actions)
        perform()
        close()
    }

    /// While the server announces its end, the next answer is the connection's last.
    private func endIfAsked() {
        if service.endsConnections.load(ordering: .relaxed) { machine.drain(at: now, into: &actions) }
    }

    private func read() {
        var taken = 0
        repeat {
            guard let stream else { return }
            do throws(TransportError) {
                switch try stream.read(into: loop.input) {
                case .bytes(let count):
                    readAwaits = .input
                    taken += count
                    let bytes = UnsafeRawBufferPointer(rebasing: loop.input[..<count])
                    machine.received(bytes, at: now, into: &actions)
                case .end:
                    machine.endOfInput(at: now, into: &actions)
                case .blocked(let readiness):
                    readAwaits = readiness
                    if let failure = stream.handshakeFailure { tell(handshakeFailure: failure) }
                    return perform()
                }
            } catch {
                if !stream.isEstablished { tell(handshakeFailure: error) }
                machine.connectionFailed(into: &actions)
            }
            perform()
        } while stream?.hasBufferedInput == true && machine.wantsInput && taken < loop.input.count
    }

    /// Tells of a handshake that failed, once: what follows from it is no other failure.
    private func tell(handshakeFailure error: TransportError) {
        if hasToldFailure { return }
        hasToldFailure = true
        service.observer.handshakeFailed(error, from: remoteAddress)
    }

    // MARK: Actions

    /// Performs the actions and what follows from them, then watches for what comes next. A handler that answers at once
    /// calls back into this: then its actions join the ones being performed.
    private func perform() {
        if isPerforming { return }
        isPerforming = true
        repeat {
            while !actions.isEmpty { perform(actions.remove(at: 0)) }
            write()
        } while !actions.isEmpty
        isPerforming = false
        settle()
    }

    private func perform(_ action: ConnectionAction) {
        switch action {
        case .decide(let head, let id):
            let decision = decide(head)
            if case .answer = decision { endIfAsked() }
            machine.decide(decision, for: id, at: now, into: &actions)
        case .deliver(let request, let id, let acceptance):
            let pending = PendingRequest(id: id, head: request.head, acceptance: acceptance, connection: self)
            waiting.append(pending)
            service.handler(request, acceptance, Responder(pending))
        case .write(let bytes):
            output.append(bytes)
        case .aborted(let request, let cause):
            service.observer.requestAborted(request, cause)
        case .cancel(let id):
            guard let index = waiting.firstIndex(where: { $0.id == id }) else { return }
            waiting.remove(at: index).cancel()
        case .shutdownWrite:
            stream?.endOutput()
        case .close:
            close()
        }
    }

    /// What to do with a request; on a seat for a probe it is the only one.
    private func decide(_ head: RequestHead) -> HeadDecision {
        guard case .probe(let reason) = seat.kind else { return service.decide(head, remoteAddress) }
        machine.drain(at: now, into: &actions)
        return service.configuration.decideBeyondLimits(head, remoteAddress) {
            service.observer.connectionRefused(reason, from: remoteAddress)
        }
    }

    private func write() {
        while !output.isEmpty, !outputIsBlocked, let stream {
            do throws(TransportError) {
                let outcome = try output.withNext { (first, second) throws(TransportError) in
                    try stream.write(first, second)
                }
                switch outcome {
                case .bytes(let count):
                    output.wrote(count)
                    machine.wrote(count, at: now, into: &actions)
                case .blocked(let readiness):
                    outputIsBlocked = true
                    writeAwaits = readiness
                }
            } catch {
                output = OutputQueue()
                machine.connectionFailed(into: &actions)
            }
        }
    }

    /// Tells the service how many bytes this connection holds; content that is too much for all of them is refused.
    private func account() {
        let change = machine.heldBytes - heldBytes
        guard change != 0 else { return }
        heldBytes += change
        if !service.hold(change), change > 0 {
            let error = RequestError.memoryFull(limit: service.configuration.maximumHeldBytes)
            machine.refuseContent(error, at: now, into: &actions)
            // What the refusal let go of is free for others before anyone can read the answer.
            let freed = machine.heldBytes - heldBytes
            heldBytes += freed
            _ = service.hold(freed)
            perform()
        }
    }

    /// After every event: watches for what is now waited for.
    private func settle() {
        if stream != nil { account() }
        guard case .open(let stream, let registration) = state else { return }
        var wanted: Readiness = []
        if machine.wantsInput {
            wanted.formUnion(readAwaits)
            // What a stream has buffered makes no descriptor ready.
            if stream.hasBufferedInput { askTurn() }
        }
        if machine.wantsTurn { askTurn() }
        if outputIsBlocked { wanted.formUnion(writeAwaits) }
        if wanted != interest {
            do throws(TransportError) {
                try loop.update(registration, descriptor: stream.raw, interest: wanted)
                interest = wanted
            } catch {
                // Out of kernel memory: a connection that cannot be watched would hang.
                return abort()
            }
        }
        loop.deadlineMoved(to: deadline)
        seat.leave(machine.vacancy)
    }

    /// The seat is another connection's: nothing was under way on this one.
    private func giveWay() {
        guard stream != nil else { return }
        switch machine.vacancy {
        case .silent, .arriving: service.observer.connectionRefused(.gaveWay, from: remoteAddress)
        case .idle, .answered, nil: break
        }
        abort()
    }

    private func close() {
        switch state {
        case .new: break
        case .open(let stream, let registration): loop.remove(registration, descriptor: stream.raw)
        case .closed: return
        }
        state = .closed
        _ = service.hold(-heldBytes)
        heldBytes = 0
        output = OutputQueue()
        outputIsBlocked = false
        let abandoned = waiting
        waiting = []
        for pending in abandoned { pending.cancel() }
        service.close(seat)
    }
}
