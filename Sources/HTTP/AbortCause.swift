/// How a client left a request of which it had sent a part.
public enum AbortCause: String, Sendable, Equatable, CaseIterable {
    /// It ended its side.
    case closed
    /// It reset the connection, or the network did.
    case reset
}
