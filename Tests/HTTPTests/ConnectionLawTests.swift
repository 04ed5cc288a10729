import HTTP
import TestSupport
import Testing

/// What holds of a connection whatever happens to it, in whatever order.
@Suite struct ConnectionLawTests {
    static let requests: [String] = [
        get("/a"), get("/b"), post("/c", "body"), "HEAD /d HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        EarlyAnswerTests.expecting + "body", "\r\n" + get("/e"),
        "POST /f HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    ]
    static let lastRequests: [String] = [
        get("/g", "Connection: close\r\n"), "GET /h HTTP/1.0\r\n\r\n", "nonsense\r\n", "\u{0}",
        "GET / HTTP/1.1\r\n\r\n", "POST /g HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\n", "GET /i HT",
    ]

    /// A connection under random events. Checked: actions follow their events' rules, answers keep their order, a closed
    /// connection is silent, and no timer fires twice for one time.
    private struct Run {
        var generator: SeededGenerator
        var machine: ConnectionStateMachine
        var now = Moment(nanoseconds: 0, unixSeconds: 0)
        var undecided: RequestID?
        var unanswered: [RequestID] = []
        var delivered: Set<RequestID> = []
        var answered: Set<RequestID> = []
        var cancelled: Set<RequestID> = []
        var unwritten = 0
        var written: [UInt8] = []
        var toSend: [UInt8] = []
        var isShutDown = false
        var isClosed = false

        init(seed: UInt64) {
            generator = SeededGenerator(seed: seed)
            var configuration = ConnectionConfiguration()
            configuration.maximumPipelinedRequests = 3
            configuration.lingerBytes = 2000
            configuration.maximumUnwrittenBytes = 600
            configuration.endOfInput = seed % 2 == 0 ? .answer : .abandon
            machine = ConnectionStateMachine(configuration: configuration, remoteAddress: nil, at: now)
        }

        mutating func check(_ actions: [ConnectionAction]) {
            for action in actions {
                #expect(!isClosed, "an action after close: \(action)")
                switch action {
                case .decide(_, let id):
                    #expect(undecided == nil)
                    undecided = id
                case .deliver(_, let id, _):
                    #expect(delivered.insert(id).inserted)
                    unanswered.append(id)
                case .write(let bytes):
                    #expect(!isShutDown && !bytes.isEmpty)
                    unwritten += bytes.count
                    written += bytes
                case .cancel(let id):
                    #expect(delivered.contains(id) && !answered.contains(id))
                    #expect(cancelled.insert(id).inserted)
                case .aborted:
                    #expect(!machine.wantsInput)
                case .shutdownWrite:
                    #expect(unwritten == 0 && !isShutDown)
                    isShutDown = true
                case .close:
                    isClosed = true
                }
            }
            #expect(machine.isClosed == isClosed)
            if isClosed {
                #expect(!machine.wantsInput && machine.nextDeadline == nil)
                #expect(delivered == answered.union(cancelled))
            } else {
                #expect(
                    machine.wantsInput || machine.wantsTurn || undecided != nil || !unanswered.isEmpty
                        || machine.nextDeadline != nil)
                #expect(!machine.wantsTurn || !machine.wantsInput)
            }
        }

        mutating func step() {
            switch Int.random(in: 0..<100, using: &generator) {
            case 0..<40:
                guard machine.wantsInput else { return }
                if toSend.isEmpty {
                    let isLast = Int.random(in: 0..<25, using: &generator) == 0
                    let choices = isLast ? ConnectionLawTests.lastRequests : ConnectionLawTests.requests
                    for _ in 0..<Int.random(in: 1...4, using: &generator) {
                        toSend += Array((choices.randomElement(using: &generator) ?? "").utf8)
                    }
                }
                let count = Int.random(in: 1...toSend.count, using: &generator)
                let bytes = Array(toSend.prefix(count))
                toSend.removeFirst(count)
                check(machine.received(bytes, at: now))
            case 40..<60:
                guard let id = undecided else { return }
                undecided = nil
                let refuses = Int.random(in: 0..<8, using: &generator) == 0
                let decision = refuses ? HeadDecision.answer(Response(status: .notFound)) : .accept(bodyLimit: 50)
                check(machine.decide(decision, for: id, at: now))
            case 60..<80:
                guard let index = unanswered.indices.randomElement(using: &generator) else { return }
                let id = unanswered.remove(at: index)
                if !cancelled.contains(id) { answered.insert(id) }
                let response = Response(
                    status: .ok, headers: ["X-Number": "\(id.number)"], body: [UInt8](repeating: 65, count: 300))
                check(machine.respond(response, to: id, at: now))
            case 80..<92:
                guard unwritten > 0 else { return }
                let count = Int.random(in: 1...unwritten, using: &generator)
                unwritten -= count
                if !isClosed { check(machine.wrote(count, at: now)) }
            case 92:
                // Now and then the clock runs to the next deadline.
                if Int.random(in: 0..<4, using: &generator) == 0, let deadline = machine.nextDeadline {
                    now.nanoseconds = max(now.nanoseconds, deadline)
                }
                check(machine.timePassed(at: now))
                if let next = machine.nextDeadline { #expect(next > now.nanoseconds, "a timer that fires for ever") }
            case 94..<97:
                check(machine.takeTurn(at: now))
                #expect(!machine.wantsTurn)
            case 93:
                switch Int.random(in: 0..<12, using: &generator) {
                case 0: check(machine.endOfInput(at: now))
                case 1: check(machine.drain(at: now))
                case 2: check(machine.connectionFailed())
                default: return
                }
            default: now.nanoseconds += 10_000_000
            }
        }

        /// The `X-Number` fields that were written, in order.
        func answeredNumbers() -> [UInt64] {
            String(decoding: written, as: UTF8.self).split(separator: "\r\n")
                .compactMap { $0.hasPrefix("X-Number: ") ? UInt64($0.dropFirst(10)) : nil }
        }
    }

    @Test(arguments: 0..<40 as Range<UInt64>) func anyEventsInAnyOrder(_ seed: UInt64) {
        var deliveries = 0
        for part in 0..<25 as Range<UInt64> {
            var run = Run(seed: seed * 1000 + part)
            for _ in 0..<120 { run.step() }
            let numbers = run.answeredNumbers()
            #expect(numbers == numbers.sorted() && Set(numbers).count == numbers.count)
            #expect(String(decoding: run.written, as: UTF8.self).components("Connection: close") <= 1)
            deliveries += run.delivered.count
        }
        #expect(deliveries > 60, "the events are too wild to say anything")
    }
}

extension String {
    /// How often `text` occurs, without overlaps.
    fileprivate func components(_ text: String) -> Int {
        let bytes = Array(utf8)
        let needle = Array(text.utf8)
        var count = 0
        var i = 0
        while i + needle.count <= bytes.count {
            if bytes[i..<(i + needle.count)].elementsEqual(needle) {
                count += 1
                i += needle.count
            } else {
                i += 1
            }
        }
        return count
    }
}
