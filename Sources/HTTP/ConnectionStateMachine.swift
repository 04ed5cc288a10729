/// One HTTP/1.1 connection as a value: events in, actions out.
public struct ConnectionStateMachine: Sendable {
    /// A connection that was just accepted.
    public init(configuration: ConnectionConfiguration = .init(), remoteAddress: String?, at now: Moment) {}

    /// Whether input is wanted: keep the read source running exactly while this is true, looking after each event.
    public var wantsInput: Bool { true }
    /// The earliest time (``Moment/nanoseconds``) at which ``timePassed(at:)`` has something to do.
    public var nextDeadline: UInt64? { nil }
    /// Whether ``ConnectionAction/close`` was given.
    public var isClosed: Bool { false }

    /// Input arrived; the bytes need not outlive the call.
    public mutating func received(_ bytes: UnsafeRawBufferPointer, at now: Moment) -> [ConnectionAction] { [] }
    /// The peer has ended its side (read of 0 bytes, or a TLS close_notify).
    public mutating func endOfInput(at now: Moment) -> [ConnectionAction] { [] }
    /// The answer to ``ConnectionAction/decide(_:_:)``.
    public mutating func decide(
        _ decision: HeadDecision, for id: RequestID, at now: Moment
    ) -> [ConnectionAction] { [] }
    /// The answer to ``ConnectionAction/deliver(_:_:)``; one for a request that is gone is ignored.
    public mutating func respond(_ response: Response, to id: RequestID, at now: Moment) -> [ConnectionAction] { [] }
    /// The transport has handed `count` more bytes to the kernel.
    public mutating func wrote(_ count: Int, at now: Moment) -> [ConnectionAction] { [] }
    /// The deadline may have passed.
    public mutating func timePassed(at now: Moment) -> [ConnectionAction] { [] }
    /// The server shuts down: answer what was asked, then close.
    public mutating func drain(at now: Moment) -> [ConnectionAction] { [] }
    /// A read or write failed, or the peer reset the connection.
    public mutating func connectionFailed() -> [ConnectionAction] { [] }
}
