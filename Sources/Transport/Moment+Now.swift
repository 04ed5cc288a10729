import HTTP
import Platform

extension Moment {
    /// The clocks now. The coarse one, good to a few milliseconds, is enough for a field that shows seconds.
    static func now() -> Moment {
        var steady = timespec()
        var wall = timespec()
        clock_gettime(CLOCK_MONOTONIC, &steady)
        clock_gettime(CLOCK_REALTIME_COARSE, &wall)
        return Moment(
            nanoseconds: UInt64(steady.tv_sec) * 1_000_000_000 + UInt64(steady.tv_nsec), unixSeconds: Int64(wall.tv_sec)
        )
    }
}
