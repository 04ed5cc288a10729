import Platform

/// What `/proc/self/stat` says of the process, in seconds and bytes (proc_pid_stat(5)).
package struct ProcessStatistics: Hashable {
    package var cpuSeconds: Double
    package var residentBytes: Double
    package var threads: Double
    /// Seconds since the machine started.
    package var startSeconds: Double

    /// Reads the line of `/proc/self/stat`; nil if it is not one.
    ///
    /// The second field is the program's name in parentheses and may hold blanks and parentheses of its own: the
    /// fields are counted from the last closing one.
    package init?(stat line: String, ticksPerSecond: Double, pageBytes: Double) {
        guard let parenthesis = line.lastIndex(of: ")") else { return nil }
        // Field 3 is the first here.
        let fields = line[line.index(after: parenthesis)...].split(separator: " ")
        func field(_ number: Int) -> Double? { fields.count > number - 3 ? Double(fields[number - 3]) : nil }
        guard let user = field(14), let system = field(15), let threads = field(20), let start = field(22),
            let pages = field(24)
        else { return nil }
        cpuSeconds = (user + system) / ticksPerSecond
        residentBytes = pages * pageBytes
        self.threads = threads
        startSeconds = start / ticksPerSecond
    }

    /// The process's own, now; nil where `/proc` cannot be read.
    static func current() -> ProcessStatistics? {
        guard let line = InputFile.systemText("/proc/self/stat") else { return nil }
        return ProcessStatistics(
            stat: line, ticksPerSecond: Double(sysconf(CInt(_SC_CLK_TCK))),
            pageBytes: Double(sysconf(CInt(_SC_PAGESIZE))))
    }

    /// When the machine started, in seconds since 1970, from the text of `/proc/stat`.
    package static func bootSeconds(stat text: String) -> Double? {
        for line in text.split(separator: "\n") where line.hasPrefix("btime ") {
            return Double(line.dropFirst("btime ".count))
        }
        return nil
    }
}
