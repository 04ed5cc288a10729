/// Why a connection could end without loss: nobody waits for an answer on it, and no request on it is complete. Times are
/// ``Moment/nanoseconds``.
public enum ConnectionVacancy: Sendable, Equatable {
    /// It was opened then, and nothing has come.
    case silent(since: UInt64)
    /// The first byte of a head came then, and the last one has not.
    case arriving(since: UInt64)
    /// Everything asked on it was answered by then.
    case idle(since: UInt64)
    /// Its last answer is written, and the client has not closed its side.
    case answered
}
