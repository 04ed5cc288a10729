import HTTP

/// A state machine under a clock that is set by hand, whose owner writes at once unless told not to.
struct ConnectionHarness {
    var machine: ConnectionStateMachine
    var now = Moment(nanoseconds: 1_000_000_000_000, unixSeconds: 784_111_777)
    /// What was written and is not yet taken by ``output()``.
    private var written: [UInt8] = []
    private var toWrite = 0
    /// Whether the peer reads.
    var writesAtOnce = true
    /// Whether the connection's next turn comes at once.
    var takesTurnsAtOnce = true
    /// The actions other than writes, in words, in order.
    private(set) var log: [String] = []
    private(set) var deliveries: [(request: Request, id: RequestID, acceptance: (any Acceptance)?)] = []
    private(set) var aborted: [(request: RequestOutline, cause: AbortCause)] = []
    private(set) var heads: [(head: RequestHead, id: RequestID)] = []
    /// The decision on every head; `nil` leaves heads undecided.
    var decision: HeadDecision? = .accept()
    /// Writes as they were given.
    private(set) var writes: [[UInt8]] = []

    init(_ configure: (inout ConnectionConfiguration) -> Void = { _ in }) {
        var configuration = ConnectionConfiguration()
        configuration.serverName = ""
        configure(&configuration)
        machine = ConnectionStateMachine(configuration: configuration, remoteAddress: "192.0.2.1", at: now)
    }

    mutating func perform(_ actions: [ConnectionAction]) {
        for action in actions {
            switch action {
            case .decide(let head, let id):
                heads.append((head, id))
                if let decision {
                    perform(machine.decide(decision, for: id, at: now))
                } else {
                    log.append("decide \(id.number)")
                }
            case .deliver(let request, let id, let acceptance):
                deliveries.append((request, id, acceptance))
                log.append("deliver \(id.number) \(request.path)")
            case .write(let bytes):
                written += bytes
                writes.append(bytes)
                toWrite += bytes.count
            case .cancel(let id): log.append("cancel \(id.number)")
            case .aborted(let request, let cause): aborted.append((request, cause))
            case .shutdownWrite: log.append("shutdown")
            case .close: log.append("close")
            }
        }
        if writesAtOnce, toWrite > 0 { drainWrites() }
        if takesTurnsAtOnce, machine.wantsTurn { takeTurn() }
    }

    /// The others have had their turns.
    mutating func takeTurn() { perform(machine.takeTurn(at: now)) }

    /// The peer reads all there is.
    mutating func drainWrites() {
        let count = toWrite
        toWrite = 0
        perform(machine.wrote(count, at: now))
    }

    /// The peer reads `count` bytes.
    mutating func write(_ count: Int) {
        toWrite -= count
        perform(machine.wrote(count, at: now))
    }

    mutating func receive(_ text: String) { perform(machine.received(Array(text.utf8), at: now)) }
    mutating func receive(bytes: [UInt8]) { perform(machine.received(bytes, at: now)) }
    mutating func end() { perform(machine.endOfInput(at: now)) }
    mutating func fail() { perform(machine.connectionFailed()) }
    mutating func cut() { perform(machine.cut()) }
    mutating func drain() { perform(machine.drain(at: now)) }

    /// Answers the delivery at `index` with its path, or with `text`.
    mutating func answer(_ index: Int, _ text: String? = nil) {
        let delivery = deliveries[index]
        perform(machine.respond(Response(text: text ?? delivery.request.path), to: delivery.id, at: now))
    }

    mutating func decide(_ index: Int, _ decision: HeadDecision) {
        perform(machine.decide(decision, for: heads[index].id, at: now))
    }

    /// Lets time pass, and wakes the machine as its deadlines come.
    mutating func pass(_ duration: Duration) {
        let target = now.nanoseconds + UInt64(duration / .nanoseconds(1))
        while let deadline = machine.nextDeadline, deadline <= target {
            now.nanoseconds = deadline
            perform(machine.timePassed(at: now))
        }
        now.nanoseconds = target
        perform(machine.timePassed(at: now))
    }

    mutating func takeLog() -> [String] {
        defer { log = [] }
        return log
    }

    /// What was written: each response as `status [close|keep-alive] content`.
    mutating func output() -> [String] {
        var responses: [String] = []
        var rest = String(decoding: written, as: UTF8.self)[...]
        written = []
        while let end = rest.range(of: "\r\n\r\n") {
            let lines = rest[..<end.lowerBound].split(separator: "\r\n")
            rest = rest[end.upperBound...]
            var words = [String(lines[0].dropFirst("HTTP/1.1 ".count).prefix(3))]
            var length = 0
            for line in lines {
                if line.hasPrefix("Connection: ") { words.append(String(line.dropFirst("Connection: ".count))) }
                if line.hasPrefix("Content-Length: ") { length = Int(line.dropFirst("Content-Length: ".count)) ?? 0 }
            }
            let content = rest.prefix(length)
            rest = rest.dropFirst(length)
            if !content.isEmpty { words.append(String(content)) }
            responses.append(words.joined(separator: " "))
        }
        return responses + (rest.isEmpty ? [] : ["rest \(rest)"])
    }
}

extension Substring {
    /// The range of the first occurrence of `text`, character by character: CR LF is one character.
    fileprivate func range(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}

/// A request without content.
func get(_ path: String, _ fields: String = "") -> String { "GET \(path) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n" }

/// A request with content.
func post(_ path: String, _ body: String, _ fields: String = "") -> String {
    "POST \(path) HTTP/1.1\r\nHost: a\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
}
