/// How many requests a client may make: `count` at once, made good evenly over `period`.
public struct RateLimit: Sendable, Hashable {
    /// Requests of a period, at least 1.
    public var count: Int
    /// In which time they are made good.
    public var period: Duration

    /// A limit of `count` requests in `period`.
    public init(count: Int, period: Duration) {
        precondition(count > 0 && period > .zero)
        self.count = count
        self.period = period
    }

    /// Nanoseconds as the seconds of `Retry-After`: rounded up, at least 1.
    static func seconds(_ nanoseconds: UInt64) -> Int {
        let seconds = nanoseconds / 1_000_000_000 + (nanoseconds % 1_000_000_000 == 0 ? 0 : 1)
        return max(1, Int(clamping: seconds))
    }
}
