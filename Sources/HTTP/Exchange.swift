/// A request on a connection from its head to its answer.
struct Exchange: Sendable {
    enum State: Sendable {
        /// The head was announced; the server has not decided.
        case deciding
        /// The client waits for `100 Continue`, which waits for its turn behind earlier answers.
        case awaitingContinue
        /// The content is read, on the clock since this time.
        case receiving(since: UInt64)
        /// The request was handed over.
        case delivered
        /// The answer is there and waits for its turn.
        case answered(Response)
    }

    let id: RequestID
    let method: Method
    let version: HTTPVersion
    /// The head, until the request is handed over.
    var head: RequestHead?
    var state: State
    /// Whether the connection ends with this answer. Only ever true of the last request of a connection.
    var closes = false
    /// Bytes of the content that was handed over.
    var bodyBytes = 0

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
}
