import Foundation

/// How many processors this process may keep busy: the least of its affinity mask and its control group's quota.
///
/// A container with a quota of 2 on a machine of 64 processors that started 64 threads would be stopped by the kernel
/// for most of each period.
public enum AvailableProcessors {
    /// The number, at least 1.
    public static var count: Int {
        // Foundation counts the processors of the affinity mask here, not those of the machine.
        let allowed = max(1, ProcessInfo.processInfo.activeProcessorCount)
        return max(1, min(allowed, quota ?? allowed))
    }

    private static var quota: Int? {
        // Version 2: "max 100000" or "200000 100000", the quota and the period in microseconds. Version 1: two files.
        if let line = InputFile.systemText("/sys/fs/cgroup/cpu.max") {
            let fields = line.split(separator: " ")
            guard fields.count == 2 else { return nil }
            return processors(quota: fields[0], period: fields[1])
        }
        guard let quota = InputFile.systemText("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"),
            let period = InputFile.systemText("/sys/fs/cgroup/cpu/cpu.cfs_period_us")
        else { return nil }
        return processors(quota: quota, period: period)
    }

    /// ⌊quota / period⌋, at least 1; nil where there is no quota ("max", or -1).
    package static func processors(quota: some StringProtocol, period: some StringProtocol) -> Int? {
        guard let quota = Int(quota), let period = Int(period), quota > 0, period > 0 else { return nil }
        return max(1, quota / period)
    }
}
