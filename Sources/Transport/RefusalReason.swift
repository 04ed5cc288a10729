/// Why a connection was turned away.
public enum RefusalReason: String, Error, Sendable, CaseIterable {
    /// There were as many as there may be, and a request was under way on each.
    case limit
    /// Its client had as many as one may have, and a request was under way on each.
    case clientLimit = "client_limit"
    /// Others came while it had not asked for anything, and there were as many as there may be.
    case gaveWay = "gave_way"
}
