/// The times of a configuration in nanoseconds.
struct ConnectionTimes: Sendable {
    let idle: UInt64
    let header: UInt64
    let write: UInt64
    let linger: UInt64
    private let body: UInt64
    private let minimumRate: Int

    init(_ configuration: ConnectionConfiguration) {
        idle = ConnectionTimes.nanoseconds(configuration.idleTimeout)
        header = ConnectionTimes.nanoseconds(configuration.headerTimeout)
        write = ConnectionTimes.nanoseconds(configuration.writeTimeout)
        linger = ConnectionTimes.nanoseconds(configuration.lingerTimeout)
        body = ConnectionTimes.nanoseconds(configuration.bodyTimeout)
        minimumRate = configuration.minimumRate
    }

    /// The time for content of which `received` bytes have arrived: a slow link that moves is let go on, a trickle is not.
    func content(received: Int) -> UInt64 { body &+ earned(received) }

    /// The time to write what there is to write, of which `written` bytes are written.
    func output(written: Int) -> UInt64 { write &+ earned(written) }

    private func earned(_ bytes: Int) -> UInt64 {
        minimumRate > 0 ? UInt64(min(Double(bytes) / Double(minimumRate) * 1e9, 1e18)) : 0
    }

    /// A duration of 0…30 years in nanoseconds; what is outside becomes the nearest bound, which keeps sums in range.
    private static func nanoseconds(_ duration: Duration) -> UInt64 {
        let (seconds, attoseconds) = duration.components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return UInt64(min(seconds, 1_000_000_000)) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }
}
