import Platform

/// The times of a configuration in nanoseconds.
struct ConnectionTimes: Sendable {
    let idle: UInt64
    let header: UInt64
    let write: UInt64
    let linger: UInt64
    private let body: UInt64
    private let minimumRate: Int

    init(_ configuration: ConnectionConfiguration) {
        idle = configuration.idleTimeout.wholeNanoseconds
        header = configuration.headerTimeout.wholeNanoseconds
        write = configuration.writeTimeout.wholeNanoseconds
        linger = configuration.lingerTimeout.wholeNanoseconds
        body = configuration.bodyTimeout.wholeNanoseconds
        minimumRate = configuration.minimumRate
    }

    /// The time for content of which `received` bytes have arrived: a slow link that moves is let go on, a trickle is not.
    func content(received: Int) -> UInt64 { body &+ earned(received) }

    /// The time to write what there is to write, of which `written` bytes are written.
    func output(written: Int) -> UInt64 { write &+ earned(written) }

    private func earned(_ bytes: Int) -> UInt64 {
        minimumRate > 0 ? UInt64(min(Double(bytes) / Double(minimumRate) * 1e9, 1e18)) : 0
    }

}
