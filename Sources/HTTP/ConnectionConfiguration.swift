/// Limits and times of a connection.
public struct ConnectionConfiguration: Sendable {
    /// What a request may cost.
    public var limits = ParserLimits()
    /// The longest wait for the first byte of a further request on a connection where nothing is in flight.
    public var idleTimeout = Duration.seconds(60)
    /// The longest time from the first byte of a request to the end of its header section; beyond it 408. The longest
    /// wait for the first byte of a connection's first request too: who connects has something to ask.
    public var headerTimeout = Duration.seconds(10)
    /// The time for the content of a request; it grows by one second for each ``minimumRate`` bytes received; beyond it
    /// 408.
    public var bodyTimeout = Duration.seconds(30)
    /// The longest time without progress while there is something to write. From when there began to be, all of it has
    /// this time too, which grows by one second for each ``minimumRate`` bytes written: a client that takes a byte now
    /// and then would hold its answer for ever.
    public var writeTimeout = Duration.seconds(30)
    /// Bytes a second that buy more time for content and for answers; with 0 the times above are all there is.
    public var minimumRate = 32 << 10
    /// The longest time input is discarded after a final answer, so that the client reads it before it meets a reset
    /// (RFC 9112, section 9.6).
    public var lingerTimeout = Duration.seconds(5)
    /// The bytes of input that are discarded after a refusal.
    public var lingerBytes = 32 << 20
    /// The number of requests on one connection that may await their answers; input waits beyond it.
    public var maximumPipelinedRequests = 8
    /// Bytes of unanswered content beyond which no further request is parsed.
    public var maximumPipelinedBytes = 1 << 20
    /// Bytes of unwritten answers beyond which no further request is parsed.
    public var maximumUnwrittenBytes = 64 << 10
    /// The requests that are begun in one turn of the owner's loop. What has arrived beyond them waits until
    /// ``ConnectionStateMachine/takeTurn(at:into:)``: thousands of small requests fit one read, and others wait meanwhile.
    public var requestsPerTurn = 2
    /// The bytes of heads and of chunked content that are parsed in one turn: a line may be two bytes long. Content of a known
    /// length is only copied, and not counted.
    public var lineBytesPerTurn = 16 << 10
    /// What the end of the client's side means while requests are unanswered.
    public var endOfInput = EndOfInputPolicy.answer
    /// The `Server` field; empty leaves it out.
    public var serverName = "multibox"
    /// Makes the answer to a request that is refused before a handler sees it, or that its handler dropped. Called from within
    /// the state machine's events, for a dropped request where it was dropped.
    public var refusal: @Sendable (RequestError, RequestOutline) -> Response = { error, _ in
        Response(status: error.status, text: error.description + "\n")
    }

    /// The documented defaults.
    public init() {}
}
