/// A request on a connection from its head to its answer.
struct Exchange: Sendable {
    enum State: Sendable {
        /// The head was announced; the server has not decided.
        case deciding(RequestHead)
        /// The client waits for `100 Continue`, which waits for its turn behind earlier answers.
        case awaitingContinue(RequestHead, as: (any Acceptance)?)
        /// The content is read, on the clock since this time.
        case receiving(RequestHead, as: (any Acceptance)?, since: UInt64)
        /// The request was handed over, with so many bytes of content.
        case delivered(bodyBytes: Int)
        /// The answer is there and waits for its turn.
        case answered(Response)
    }

    let id: RequestID
    let method: Method
    let version: HTTPVersion
    var state: State
    /// Whether the connection ends with this answer. Only ever true of the last request of a connection.
    var closes = false

    /// Whether the server has not decided.
    var isUndecided: Bool {
        if case .deciding = state { return true }
        return false
    }

    /// Whether the request was handed over and not answered.
    var isDelivered: Bool {
        if case .delivered = state { return true }
        return false
    }

    /// Whether the request is not complete.
    var isIncoming: Bool {
        switch state {
        case .deciding, .awaitingContinue, .receiving: true
        case .delivered, .answered: false
        }
    }

    /// The head of a request that is not complete, and what it was accepted as.
    var incoming: (head: RequestHead, acceptance: (any Acceptance)?)? {
        switch state {
        case .deciding(let head): (head, nil)
        case .awaitingContinue(let head, let acceptance), .receiving(let head, let acceptance, _): (head, acceptance)
        case .delivered, .answered: nil
        }
    }

    /// The content begins to be read.
    mutating func receive(since time: UInt64) {
        guard case .awaitingContinue(let head, let acceptance) = state else { return }
        state = .receiving(head, as: acceptance, since: time)
    }
}
