import HTTP

/// Events as functions, for tests of one event at a time.
extension ConnectionStateMachine {
    mutating func received(_ bytes: [UInt8], at now: Moment) -> [ConnectionAction] {
        actions { machine, actions in bytes.withUnsafeBytes { machine.received($0, at: now, into: &actions) } }
    }

    mutating func takeTurn(at now: Moment) -> [ConnectionAction] {
        actions { $0.takeTurn(at: now, into: &$1) }
    }

    mutating func endOfInput(at now: Moment) -> [ConnectionAction] {
        actions { $0.endOfInput(at: now, into: &$1) }
    }

    mutating func decide(_ decision: HeadDecision, for id: RequestID, at now: Moment) -> [ConnectionAction] {
        actions { $0.decide(decision, for: id, at: now, into: &$1) }
    }

    mutating func respond(_ response: Response, to id: RequestID, at now: Moment) -> [ConnectionAction] {
        actions { $0.respond(response, to: id, at: now, into: &$1) }
    }

    mutating func wrote(_ count: Int, at now: Moment) -> [ConnectionAction] {
        actions { $0.wrote(count, at: now, into: &$1) }
    }

    mutating func timePassed(at now: Moment) -> [ConnectionAction] {
        actions { $0.timePassed(at: now, into: &$1) }
    }

    mutating func drain(at now: Moment) -> [ConnectionAction] { actions { $0.drain(at: now, into: &$1) } }

    mutating func refuseContent(_ error: RequestError, at now: Moment) -> [ConnectionAction] {
        actions { $0.refuseContent(error, at: now, into: &$1) }
    }

    mutating func connectionFailed() -> [ConnectionAction] { actions { $0.connectionFailed(into: &$1) } }

    mutating func cut() -> [ConnectionAction] { actions { $0.cut(into: &$1) } }

    private mutating func actions(
        _ event: (inout ConnectionStateMachine, inout [ConnectionAction]) -> Void
    ) -> [ConnectionAction] {
        var actions: [ConnectionAction] = []
        event(&self, &actions)
        return actions
    }
}
