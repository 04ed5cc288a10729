/// One HTTP/1.1 connection as a value: events in, actions out, in the order in which they are to be performed. It reads no
/// clock and touches no descriptor; whoever owns it performs the actions and, after each event, keeps its read source running
/// exactly while ``wantsInput`` is true and its one timer set to ``nextDeadline``, and calls ``takeTurn(at:into:)`` soon where
/// ``wantsTurn`` is true.
///
/// States and transitions:
/// ```
/// serving ─▶ ending ─▶ flushing ─▶ lingering ─▶ closed
///    │                    └──────────────────────▲
///    └──(nothing in flight: idle, drained)───────┘
/// serving    requests are parsed, decided, delivered and answered
/// ending     the last request of the connection is known; what is in flight is still answered, input is dropped
/// flushing   the last answer is encoded and being written, input is dropped
/// lingering  all is written, our side is shut down; input is dropped until the client ends its side, a bound or a time
/// ```
/// Invariants: answers are written in the order of the requests; at most the last exchange is incoming; `closes` is true of at
/// most the last exchange, and then no more are added; input held unparsed is at most what one event brought while
/// ``wantsInput`` was true; a delivered request ends in its answer or in a `cancel`, never in both; in a turn at most
/// `requestsPerTurn` requests begin, and no line is begun after `lineBytesPerTurn`, give or take a slice.
public struct ConnectionStateMachine: Sendable {
    /// How the connection ends once the last answer is written.
    private enum Ending: Sendable {
        /// At once: the client expects no more and has sent no more.
        case plain
        /// After input was dropped for a while, so that a reset does not overtake the answer.
        case lingering
    }

    private enum Phase: Sendable {
        case serving
        case ending(Ending)
        case flushing(Ending)
        case lingering(until: UInt64)
        case closed
    }

    private enum Timer: CaseIterable { case idle, header, body, write, linger }

    /// An answer's content up to this many bytes is copied behind its head, to be one write.
    private static let joinedContentBytes = 8 << 10

    /// Bytes of lines that are parsed before the turn's budget is looked at again.
    private static let lineSlice = 4 << 10

    private let configuration: ConnectionConfiguration
    private let times: ConnectionTimes
    private var encoder: ResponseEncoder
    private let remoteAddress: String?
    private var phase = Phase.serving
    private var parser: RequestParser
    /// In the order of arrival, which is the order of the answers.
    private var exchanges: [Exchange] = []
    private var nextNumber: UInt64 = 0
    /// Input that waits for a decision or for room; `pendingStart` is where the unparsed part begins.
    private var pending: [UInt8] = []
    private var pendingStart = 0
    private var inputEnded = false
    private var isDraining = false
    /// Bytes of content delivered and not answered.
    private var unansweredBytes = 0
    /// Bytes of content of answers that wait for those before them.
    private var waitingAnswerBytes = 0
    private var output = OutputProgress()
    private var discarded = 0
    /// Requests that have begun in this turn, and bytes of lines that were parsed.
    private var requestsInTurn = 0
    private var lineBytesInTurn = 0
    /// When anything last happened.
    private var lastActivity: UInt64
    /// When the first byte of a head that is not complete arrived.
    private var headStarted: UInt64?

    /// A connection that was just accepted.
    public init(configuration: ConnectionConfiguration = .init(), remoteAddress: String?, at now: Moment) {
        self.configuration = configuration
        self.remoteAddress = remoteAddress
        times = ConnectionTimes(configuration)
        encoder = ResponseEncoder(serverName: configuration.serverName)
        parser = RequestParser(limits: configuration.limits)
        lastActivity = now.nanoseconds
    }

    // MARK: - What the owner looks at after each event

    /// Whether the read source is to run. One read is taken even while parsing waits, so that the end of the input and errors
    /// are noticed while a request is handled.
    public var wantsInput: Bool {
        guard !inputEnded else { return false }
        switch phase {
        case .serving: return pendingStart == pending.count
        case .ending, .flushing, .lingering: return discarded < configuration.lingerBytes
        case .closed: return false
        }
    }

    /// The bytes held: content and input of requests that are not complete, and answers that are not written.
    public var heldBytes: Int {
        parser.receivedBodyBytes + pending.count - pendingStart + waitingAnswerBytes + output.unwritten
    }

    /// The earliest time (``Moment/nanoseconds``) at which ``timePassed(at:)`` has something to do; `nil` while nothing is
    /// waited for but the server itself.
    public var nextDeadline: UInt64? {
        // Written out: a closure over the timers would copy the connection to hold it, after every event.
        var earliest = UInt64.max
        if let idle = deadline(.idle) { earliest = min(earliest, idle) }
        if let header = deadline(.header) { earliest = min(earliest, header) }
        if let body = deadline(.body) { earliest = min(earliest, body) }
        if let write = deadline(.write) { earliest = min(earliest, write) }
        if let linger = deadline(.linger) { earliest = min(earliest, linger) }
        return earliest == .max ? nil : earliest
    }

    /// Whether input waits for nothing but the connection's next turn.
    public var wantsTurn: Bool {
        pendingStart < pending.count && !canParse && mayParse(inTurn: false)
    }

    /// What would be lost if the connection ended now; `nil` if that is a request or an answer.
    public var vacancy: ConnectionVacancy? {
        switch phase {
        case .lingering: return .answered
        case .serving where exchanges.isEmpty && output.unwritten == 0:
            if let headStarted { return .arriving(since: headStarted) }
            return nextNumber == 0 ? .silent(since: lastActivity) : .idle(since: lastActivity)
        case .serving, .ending, .flushing, .closed: return nil
        }
    }

    /// Whether ``ConnectionAction/close`` was given.
    public var isClosed: Bool {
        if case .closed = phase { return true }
        return false
    }

    /// Whether nothing is in flight: no request has started, none is unanswered, all is written.
    public var isIdle: Bool {
        exchanges.isEmpty && output.unwritten == 0 && parser.isBetweenRequests && pendingStart == pending.count
    }

    // MARK: - Events, each of which appends to the actions that are to be performed

    /// Input arrived; the bytes need not outlive the call.
    public mutating func received(
        _ bytes: UnsafeRawBufferPointer, at now: Moment, into actions: inout [ConnectionAction]
    ) {
        guard !inputEnded, !isClosed else { return }
        lastActivity = now.nanoseconds
        beginTurn()
        guard case .serving = phase else {
            discard(bytes.count)
            if case .lingering = phase, discarded >= configuration.lingerBytes { close(&actions) }
            return
        }
        if pendingStart == pending.count {
            var input = bytes
            pump(&input, now, &actions)
            hold(input)
        } else {
            hold(bytes)
        }
        settle(now, &actions)
    }

    /// The connection's turn has come again: what has arrived is parsed on. To be called soon after ``wantsTurn`` is true,
    /// when others have had theirs.
    public mutating func takeTurn(at now: Moment, into actions: inout [ConnectionAction]) {
        guard !isClosed else { return }
        beginTurn()
        settle(now, &actions)
    }

    /// The peer has ended its side (a read of 0 bytes, or a TLS close_notify).
    public mutating func endOfInput(at now: Moment, into actions: inout [ConnectionAction]) {
        guard !inputEnded, !isClosed else { return }
        inputEnded = true
        if case .lingering = phase {
            close(&actions)
        } else if configuration.endOfInput == .abandon, exchanges.contains(where: { $0.isDelivered }) {
            noteAborted(.closed, &actions)
            abandon(&actions)
        } else {
            settle(now, &actions)
        }
    }

    /// The answer to ``ConnectionAction/decide(_:_:)``; one for a request that is gone is ignored.
    public mutating func decide(
        _ decision: HeadDecision, for id: RequestID, at now: Moment, into actions: inout [ConnectionAction]
    ) {
        guard case .serving = phase, let last = exchanges.indices.last, exchanges[last].id == id,
            case .deciding(let head) = exchanges[last].state
        else { return }
        lastActivity = now.nanoseconds
        switch decision {
        case .answer(let response):
            answer(last, with: response)
            if head.framing != .none {
                end(.lingering)
            } else {
                parser.skipEmptyBody()
                if !head.keepsAlive { end(.plain) }
            }
        case .accept(let bodyLimit, let acceptance):
            let waits = head.expectsContinue && pendingStart == pending.count
            exchanges[last].state =
                waits
                ? .awaitingContinue(head, as: acceptance)
                : .receiving(head, as: acceptance, since: now.nanoseconds)
            do {
                try parser.acceptBody(limit: bodyLimit)
                pumpPending(now, &actions)
            } catch {
                refuse(error)
            }
        }
        settle(now, &actions)
    }

    /// The answer to ``ConnectionAction/deliver(_:_:)``; one for a request that is gone or answered is ignored.
    public mutating func respond(
        _ response: Response, to id: RequestID, at now: Moment, into actions: inout [ConnectionAction]
    ) {
        guard !isClosed, let index = exchanges.firstIndex(where: { $0.id == id }),
            case .delivered(let bodyBytes) = exchanges[index].state
        else { return }
        lastActivity = now.nanoseconds
        answer(index, with: response)
        unansweredBytes -= bodyBytes
        settle(now, &actions)
    }

    /// The transport has handed `count` more bytes to the kernel.
    public mutating func wrote(_ count: Int, at now: Moment, into actions: inout [ConnectionAction]) {
        guard !isClosed else { return }
        output.wrote(count, at: now.nanoseconds)
        lastActivity = now.nanoseconds
        settle(now, &actions)
    }

    /// ``nextDeadline`` may have passed; nothing happens where it has not.
    public mutating func timePassed(at now: Moment, into actions: inout [ConnectionAction]) {
        for timer in Timer.allCases {
            guard !isClosed, let deadline = deadline(timer), deadline <= now.nanoseconds else { continue }
            switch timer {
            case .idle, .linger: close(&actions)
            case .write: abandon(&actions)
            case .header: refuse(.headerTimeout(seconds: Int(configuration.headerTimeout.components.seconds)))
            case .body: refuse(.bodyTimeout(seconds: Int(configuration.bodyTimeout.components.seconds)))
            }
        }
        settle(now, &actions)
    }

    /// The server shuts down: what was asked is answered, the last answer says `Connection: close`, an idle connection closes at
    /// once.
    public mutating func drain(at now: Moment, into actions: inout [ConnectionAction]) {
        isDraining = true
        settle(now, &actions)
    }

    /// The server has no room for more content: the request whose content is arriving is refused, if there is one.
    public mutating func refuseContent(_ error: RequestError, at now: Moment, into actions: inout [ConnectionAction]) {
        guard case .serving = phase, case .receiving? = exchanges.last?.state else { return }
        refuse(error)
        settle(now, &actions)
    }

    /// A read or write failed, or the peer reset the connection.
    public mutating func connectionFailed(into actions: inout [ConnectionAction]) {
        noteAborted(.reset, &actions)
        cut(into: &actions)
    }

    /// The server ends the connection whatever is in flight.
    public mutating func cut(into actions: inout [ConnectionAction]) {
        if !isClosed { abandon(&actions) }
    }

    // MARK: - Input

    /// Whether a further byte may be parsed: the rest of a request always, the start of one where there is room for it.
    private var canParse: Bool { mayParse(inTurn: true) }

    /// - Parameter inTurn: whether what this turn allows counts too.
    private func mayParse(inTurn: Bool) -> Bool {
        guard case .serving = phase else { return false }
        if exchanges.last?.isUndecided == true { return false }
        if inTurn, lineBytesInTurn >= configuration.lineBytesPerTurn, parser.readsLines { return false }
        if exchanges.last?.isIncoming == true || parser.isInHead { return true }
        if inTurn, requestsInTurn >= configuration.requestsPerTurn { return false }
        return exchanges.count < configuration.maximumPipelinedRequests
            && unansweredBytes < configuration.maximumPipelinedBytes
            && waitingAnswerBytes + output.unwritten < configuration.maximumUnwrittenBytes
    }

    private mutating func beginTurn() {
        requestsInTurn = 0
        lineBytesInTurn = 0
    }

    /// Parses until the input is used up or something has to happen first.
    private mutating func pump(
        _ input: inout UnsafeRawBufferPointer, _ now: Moment, _ actions: inout [ConnectionAction]
    ) {
        while canParse {
            // A client that did not wait need not be told to go on (RFC 9110, section 10.1.1).
            if let last = exchanges.indices.last, !input.isEmpty { exchanges[last].receive(since: now.nanoseconds) }
            do {
                switch try parse(&input) {
                case .needsInput:
                    headStarted = parser.isInHead ? headStarted ?? now.nanoseconds : nil
                    if input.isEmpty { return }
                case .head(let head):
                    headStarted = nil
                    requestsInTurn += 1
                    let exchange = Exchange(
                        id: nextID(), method: head.method, version: head.version, state: .deciding(head))
                    exchanges.append(exchange)
                    actions.append(.decide(head, exchange.id))
                case .body(let body):
                    deliver(body, &actions)
                }
            } catch {
                refuse(error)
            }
        }
    }

    /// Parses up to the next output, or a slice of what is made of lines.
    private mutating func parse(_ input: inout UnsafeRawBufferPointer) throws(RequestError) -> RequestParser.Output {
        guard parser.readsLines else { return try parser.parse(&input) }
        var slice = UnsafeRawBufferPointer(rebasing: input.prefix(ConnectionStateMachine.lineSlice))
        let count = slice.count
        defer {
            lineBytesInTurn += count - slice.count
            input = UnsafeRawBufferPointer(rebasing: input[(count - slice.count)...])
        }
        return try parser.parse(&slice)
    }

    private mutating func pumpPending(_ now: Moment, _ actions: inout [ConnectionAction]) {
        // The array is held here while it is parsed, so that parsing has the rest of the connection to itself.
        let held = pending
        let start = pendingStart
        pending = []
        pendingStart = 0
        let rest = held.withUnsafeBytes { bytes in
            var input = UnsafeRawBufferPointer(rebasing: bytes[start...])
            pump(&input, now, &actions)
            return input.count
        }
        guard rest > 0 else { return }
        guard case .serving = phase else { return discard(rest) }
        pending = held
        pendingStart = held.count - rest
    }

    /// Keeps input that cannot be parsed now.
    private mutating func hold(_ input: UnsafeRawBufferPointer) {
        guard !input.isEmpty else { return }
        guard case .serving = phase else { return discard(input.count) }
        pending.append(contentsOf: input)
    }

    /// Counts input that nobody will look at. A client that still sends is let finish before the connection closes.
    private mutating func discard(_ count: Int) {
        discarded += count
        if count > 0, case .ending(.plain) = phase { phase = .ending(.lingering) }
        if count > 0, case .flushing(.plain) = phase { phase = .flushing(.lingering) }
    }

    private mutating func nextID() -> RequestID {
        defer { nextNumber += 1 }
        return RequestID(number: nextNumber)
    }

    private mutating func deliver(_ body: [UInt8], _ actions: inout [ConnectionAction]) {
        let last = exchanges.count - 1
        guard let (head, acceptance) = exchanges[last].incoming else {
            preconditionFailure("a request is delivered once")
        }
        exchanges[last].state = .delivered(bodyBytes: body.count)
        unansweredBytes += body.count
        if !head.keepsAlive { end(.plain) }
        actions.append(
            .deliver(
                Request(head: head, body: body, remoteAddress: remoteAddress), exchanges[last].id, as: acceptance))
    }

    /// Answers the request that is arriving with an error, after those before it.
    private mutating func refuse(_ error: RequestError) {
        let response = configuration.refusal(error, outline)
        if let last = exchanges.indices.last, exchanges[last].isIncoming {
            answer(last, with: response)
        } else {
            exchanges.append(
                Exchange(
                    id: nextID(), method: parser.method ?? .get, version: .http11, state: .answered(response)))
            waitingAnswerBytes += response.body.count
        }
        end(.lingering)
    }

    /// What is known of the request that is arriving.
    private var outline: RequestOutline {
        if let (head, acceptance) = exchanges.last?.incoming {
            return RequestOutline(
                head: head, acceptance: acceptance, remoteAddress: remoteAddress,
                contentBytes: parser.receivedBodyBytes)
        }
        return parser.outline(remoteAddress: remoteAddress)
    }

    /// Says so where the client leaves while a head, or content that it announced, is arriving.
    private func noteAborted(_ cause: AbortCause, _ actions: inout [ConnectionAction]) {
        guard case .serving = phase else { return }
        let isContentArriving = exchanges.last?.incoming.map { $0.head.framing != .none } ?? false
        if isContentArriving || parser.isInHead { actions.append(.aborted(outline, cause)) }
    }

    private mutating func answer(_ index: Int, with response: Response) {
        exchanges[index].state = .answered(response)
        waitingAnswerBytes += response.body.count
    }

    /// No further request is parsed: the last one in flight is the last of the connection.
    private mutating func end(_ ending: Ending) {
        headStarted = nil
        phase = .ending(ending)
        parser.dropContent()
        if let last = exchanges.indices.last { exchanges[last].closes = true }
        let held = pending.count - pendingStart
        pending = []
        pendingStart = 0
        discard(held)
    }

    // MARK: - Output

    /// Brings the connection as far as it can go after an event.
    private mutating func settle(_ now: Moment, _ actions: inout [ConnectionAction]) {
        endIfDrained()
        writeAnswers(now, &actions)
        while canParse, pendingStart < pending.count {
            pumpPending(now, &actions)
            endIfDrained()
            writeAnswers(now, &actions)
        }
        endIfInputEnded(&actions)
        writeAnswers(now, &actions)
        finish(now, &actions)
    }

    private mutating func endIfDrained() {
        guard isDraining, case .serving = phase, parser.isBetweenRequests else { return }
        // A client may just be sending its next request, unless there was nothing to answer.
        end(isIdle ? .plain : .lingering)
    }

    /// Once the client's side is over and all of it is parsed, what has only begun to arrive is dropped.
    private mutating func endIfInputEnded(_ actions: inout [ConnectionAction]) {
        guard inputEnded, case .serving = phase, pendingStart == pending.count else { return }
        if case .deciding(let head)? = exchanges.last?.state, head.framing == .none { return }
        noteAborted(.closed, &actions)
        if exchanges.last?.isIncoming == true { exchanges.removeLast() }
        end(.plain)
    }

    private mutating func writeAnswers(_ now: Moment, _ actions: inout [ConnectionAction]) {
        while !exchanges.isEmpty {
            switch exchanges[0].state {
            case .answered:
                let first = exchanges.remove(at: 0)
                guard case .answered(let response) = first.state else { preconditionFailure("it is answered") }
                waitingAnswerBytes -= response.body.count
                write(response, for: first, now, &actions)
                if first.closes, case .ending(let ending) = phase { phase = .flushing(ending) }
            case .awaitingContinue:
                exchanges[0].receive(since: now.nanoseconds)
                write(ResponseEncoder.continueResponse, now, &actions)
                return
            case .deciding, .receiving, .delivered:
                return
            }
        }
    }

    private mutating func write(
        _ response: Response, for exchange: Exchange, _ now: Moment, _ actions: inout [ConnectionAction]
    ) {
        var head = encoder.head(
            of: response, to: exchange.version, closes: exchange.closes, unixSeconds: now.unixSeconds)
        guard encoder.writesContent(of: response, to: exchange.method) else { return write(head, now, &actions) }
        if response.body.count <= ConnectionStateMachine.joinedContentBytes {
            head.append(contentsOf: response.body)
            write(head, now, &actions)
        } else {
            write(head, now, &actions)
            write(response.body, now, &actions)
        }
    }

    private mutating func write(_ bytes: [UInt8], _ now: Moment, _ actions: inout [ConnectionAction]) {
        output.add(bytes.count, at: now.nanoseconds)
        actions.append(.write(bytes))
    }

    /// Ends the connection where the last answer is written.
    private mutating func finish(_ now: Moment, _ actions: inout [ConnectionAction]) {
        if case .ending(let ending) = phase, exchanges.isEmpty { phase = .flushing(ending) }
        guard case .flushing(let ending) = phase, output.unwritten == 0 else { return }
        switch ending {
        case .lingering where !inputEnded && discarded < configuration.lingerBytes:
            phase = .lingering(until: now.nanoseconds &+ times.linger)
            actions.append(.shutdownWrite)
        case .plain, .lingering:
            close(&actions)
        }
    }

    private mutating func close(_ actions: inout [ConnectionAction]) {
        phase = .closed
        exchanges = []
        waitingAnswerBytes = 0
        pending = []
        pendingStart = 0
        actions.append(.close)
    }

    /// Closes a connection on which nothing can be answered.
    private mutating func abandon(_ actions: inout [ConnectionAction]) {
        for exchange in exchanges where exchange.isDelivered { actions.append(.cancel(exchange.id)) }
        close(&actions)
    }

    // MARK: - Time

    private func deadline(_ timer: Timer) -> UInt64? {
        switch (timer, phase) {
        case (.linger, .lingering(let until)):
            return until
        case (.write, .serving), (.write, .ending), (.write, .flushing):
            return output.deadline(times)
        case (.header, .serving):
            guard let headStarted else { return nil }
            return headStarted &+ times.header
        case (.body, .serving):
            guard case .receiving(_, _, let since)? = exchanges.last?.state else { return nil }
            return since &+ times.content(received: parser.receivedBodyBytes)
        case (.idle, .serving):
            guard isIdle else { return nil }
            return lastActivity &+ (nextNumber == 0 ? min(times.header, times.idle) : times.idle)
        default:
            return nil
        }
    }
}
