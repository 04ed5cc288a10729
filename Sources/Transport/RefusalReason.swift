/// Why a connection was turned away.
public enum RefusalReason: String, Sendable, CaseIterable {
    /// There are as many connections as there may be.
    case limit
    /// The client has as many connections as one may have.
    case clientLimit = "client_limit"
}
