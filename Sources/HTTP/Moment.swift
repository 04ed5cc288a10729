/// The two clocks that a connection needs, read by the caller: no type of this target asks the system for the time.
public struct Moment: Sendable, Equatable {
    /// A clock that never goes back, in nanoseconds from any origin; timeouts are measured on it.
    public var nanoseconds: UInt64
    /// Seconds since 1970-01-01T00:00:00Z; the `Date` field is made of it.
    public var unixSeconds: Int64

    /// A moment on both clocks.
    public init(nanoseconds: UInt64, unixSeconds: Int64) {
        self.nanoseconds = nanoseconds
        self.unixSeconds = unixSeconds
    }
}
