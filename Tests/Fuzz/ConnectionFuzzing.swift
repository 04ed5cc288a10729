import HTTP

/// A connection whose owner does what the bytes say: the first bytes are a script of events, the rest is what the client sends.
enum ConnectionFuzzing {
    private struct Owner {
        var machine: ConnectionStateMachine
        var now = Moment(nanoseconds: 1_000_000_000_000, unixSeconds: 784_111_777)
        var unwritten = 0
        var delivered: [RequestID] = []
        var undecided: [RequestID] = []
        var isClosed = false

        /// Has an event happen, and performs what follows.
        mutating func perform(_ event: (inout ConnectionStateMachine, inout [ConnectionAction]) -> Void) {
            var actions: [ConnectionAction] = []
            event(&machine, &actions)
            for action in actions {
                precondition(!isClosed, "an action follows the close")
                switch action {
                case .decide(_, let id): undecided.append(id)
                case .deliver(_, let id, _): delivered.append(id)
                case .write(let bytes):
                    precondition(!bytes.isEmpty)
                    unwritten += bytes.count
                case .cancel(let id):
                    precondition(delivered.contains(id), "what was not delivered is cancelled")
                    delivered.removeAll { $0 == id }
                case .aborted: precondition(!machine.wantsInput, "a request is aborted while it is read")
                case .shutdownWrite: precondition(unwritten == 0, "output ends before it is written")
                case .close: isClosed = true
                }
            }
            precondition(machine.isClosed == isClosed)
        }
    }

    static func run(_ bytes: [UInt8]) {
        guard let length = bytes.first else { return }
        let script = bytes.dropFirst().prefix(Int(length))
        var input = bytes.dropFirst(1 + Int(length))
        var configuration = ConnectionConfiguration()
        configuration.limits.body = 256
        configuration.limits.headerSection = 512
        configuration.maximumPipelinedRequests = 3
        configuration.maximumPipelinedBytes = 128
        configuration.lingerBytes = 512
        configuration.endOfInput = length & 1 == 0 ? .answer : .abandon
        let moment = Moment(nanoseconds: 1_000_000_000_000, unixSeconds: 784_111_777)
        var owner = Owner(
            machine: ConnectionStateMachine(configuration: configuration, remoteAddress: nil, at: moment))
        func receive(_ count: Int) {
            guard owner.machine.wantsInput, !input.isEmpty else { return }
            let part = Array(input.prefix(count))
            input = input.dropFirst(count)
            let now = owner.now
            owner.perform { machine, actions in
                part.withUnsafeBytes { machine.received($0, at: now, into: &actions) }
            }
        }
        func write(_ count: Int) {
            let written = min(count, owner.unwritten)
            guard written > 0, !owner.isClosed else { return }
            owner.unwritten -= written
            owner.perform { [now = owner.now] in $0.wrote(written, at: now, into: &$1) }
        }
        func decide(_ decision: HeadDecision) {
            guard let id = owner.undecided.popLast() else { return }
            owner.perform { [now = owner.now] in $0.decide(decision, for: id, at: now, into: &$1) }
        }
        func respond(at index: Int) {
            guard !owner.delivered.isEmpty else { return }
            let id = owner.delivered.remove(at: index % owner.delivered.count)
            owner.perform { [now = owner.now] in $0.respond(Response(text: "answer"), to: id, at: now, into: &$1) }
        }
        func takeTurn() { owner.perform { [now = owner.now] in $0.takeTurn(at: now, into: &$1) } }
        for event in script {
            let argument = Int(event >> 3)
            switch event & 7 {
            case 0: receive(argument + 1)
            case 1: receive(8 * argument + 8)
            case 2: write(argument == 0 ? .max : argument)
            case 3:
                decide(argument & 3 == 0 ? .answer(Response(status: .unauthorized)) : .accept(bodyLimit: 8 * argument))
            case 4: respond(at: argument)
            case 5:
                owner.now.nanoseconds += UInt64(argument) * 500_000_000
                owner.perform { [now = owner.now] in $0.timePassed(at: now, into: &$1) }
            case 6:
                if argument == 0 {
                    owner.perform { [now = owner.now] in $0.drain(at: now, into: &$1) }
                } else if argument == 1 {
                    owner.perform { [now = owner.now] in $0.endOfInput(at: now, into: &$1) }
                } else if argument == 2 {
                    owner.perform { $0.connectionFailed(into: &$1) }
                }
            default:
                if argument & 1 == 0 { receive(.max) } else { takeTurn() }
            }
        }
        // An owner that does all it is asked comes to an end.
        for _ in 0..<200 where !owner.isClosed {
            receive(.max)
            if owner.machine.wantsTurn { takeTurn() }
            while !owner.undecided.isEmpty { decide(.accept()) }
            while !owner.delivered.isEmpty { respond(at: 0) }
            write(.max)
            if input.isEmpty { owner.perform { [now = owner.now] in $0.endOfInput(at: now, into: &$1) } }
            if let deadline = owner.machine.nextDeadline {
                owner.now.nanoseconds = max(owner.now.nanoseconds, deadline)
                owner.perform { [now = owner.now] in $0.timePassed(at: now, into: &$1) }
            }
        }
        precondition(owner.isClosed, "the connection never ends")
        precondition(owner.delivered.isEmpty || !owner.machine.wantsInput)
    }
}
