import HTTP
import Synchronization

/// A delivered request that awaits its answer. It is *waiting*, then either *answered* or *cancelled*, for good.
final class PendingRequest: Sendable {
    private enum State: Sendable {
        case waiting(whenCancelled: [@Sendable () -> Void])
        case answered
        case cancelled
    }

    /// Which request of its connection.
    let id: RequestID
    /// What was asked, for an answer that its handler does not give.
    let head: RequestHead
    /// What it was accepted as.
    let acceptance: (any Acceptance)?
    private let connection: Connection
    private let state = Mutex(State.waiting(whenCancelled: []))

    init(id: RequestID, head: RequestHead, acceptance: (any Acceptance)?, connection: Connection) {
        self.id = id
        self.head = head
        self.acceptance = acceptance
        self.connection = connection
    }

    /// Answers the request as one that its handler let go of, unless it is answered or cancelled already.
    func answerAsDropped() { _ = answer(connection.lastResort(to: self)) }

    /// Answers the request, unless it is answered or cancelled already: then there is no need of a response.
    func answer(_ response: @autoclosure () -> Response) -> Bool {
        let isFirst = state.withLock { state in
            guard case .waiting = state else { return false }
            state = .answered
            return true
        }
        guard isFirst else { return false }
        let response = response()
        // The common answer comes from within the handler's call: then there is no work item to make.
        if connection.loop.isCurrent {
            connection.respond(response, to: id)
        } else {
            connection.loop.submit { [connection, id] in connection.respond(response, to: id) }
        }
        return true
    }

    /// Nobody waits for the answer any more.
    func cancel() {
        let actions = state.withLock { state -> [@Sendable () -> Void] in
            guard case .waiting(let actions) = state else { return [] }
            state = .cancelled
            return actions
        }
        for action in actions { action() }
    }

    /// Whether `cancel` came before an answer.
    var isCancelled: Bool {
        state.withLock { state in
            if case .cancelled = state { true } else { false }
        }
    }

    /// Calls `action` at cancellation, or now if that has been.
    func whenCancelled(_ action: @escaping @Sendable () -> Void) {
        let isLate = state.withLock { state in
            switch state {
            case .waiting(let actions):
                state = .waiting(whenCancelled: actions + [action])
                return false
            case .answered: return false
            case .cancelled: return true
            }
        }
        if isLate { action() }
    }
}
