import Platform

/// The time of a log line: RFC 3339 in UTC with milliseconds. By hand, since date formatters cost more than the rest of
/// the line.
///
/// It shows what the wall clock says, wherever that jumps; durations in the same line are measured on a clock that does not.
package enum Timestamp {
    /// The text of now.
    package static func now() -> String {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return text(seconds: Int64(time.tv_sec), nanoseconds: time.tv_nsec)
    }

    /// The text of a Unix time.
    package static func text(seconds: Int64, nanoseconds: Int) -> String {
        var parts = tm()
        var seconds = time_t(seconds)
        gmtime_r(&seconds, &parts)
        let year = Int(parts.tm_year) + 1900
        return "\(year)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))T"
            + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)).\(three(nanoseconds / 1_000_000))Z"
    }

    private static func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static func three(_ number: Int) -> String {
        number < 10 ? "00\(number)" : number < 100 ? "0\(number)" : "\(number)"
    }
}
