/// What the owner of a connection has to do, in the order given.
public enum ConnectionAction: Sendable {
    /// A head is complete: call ``ConnectionStateMachine/decide(_:for:at:)`` with what is decided, now or later. No further
    /// input is parsed until then.
    case decide(RequestHead, RequestID)
    /// A request is complete: have it handled as what it was accepted, and call ``ConnectionStateMachine/respond(_:to:at:)``,
    /// from any order.
    case deliver(Request, RequestID, as: (any Acceptance)?)
    /// Write these bytes after all earlier ones, and report progress with ``ConnectionStateMachine/wrote(_:at:)``. A large
    /// answer arrives as two such actions (head, then the content's own array), to be gathered in one `writev`.
    case write([UInt8])
    /// Nobody waits for the answer to this delivered request any more: its work may be dropped.
    case cancel(RequestID)
    /// The client left a request of which it had sent a part: nothing to do but to note it.
    case aborted(RequestOutline, AbortCause)
    /// All is written: shut down the sending side and keep reading.
    case shutdownWrite
    /// Close the descriptor now. The last action of a connection.
    case close
}
