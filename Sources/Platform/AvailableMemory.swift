import Foundation

/// How much memory this process may have: the least of the machine's, its control groups' limits and its own address space's.
///
/// A container with a limit of 1 GiB on a machine of 64 GiB that took 4 would be ended by the kernel.
public enum AvailableMemory {
    /// The bytes.
    public static var bytes: Int {
        var least = Int(clamping: ProcessInfo.processInfo.physicalMemory)
        var limit = rlimit()
        #if canImport(Glibc)
            let resource = __rlimit_resource_t(RLIMIT_AS.rawValue)
        #else
            let resource = RLIMIT_AS
        #endif
        if getrlimit(resource, &limit) == 0 { least = min(least, Int(clamping: limit.rlim_cur)) }
        for file in limitFiles(ofGroups: InputFile.systemText("/proc/self/cgroup") ?? "") {
            if let bytes = InputFile.systemText(file).flatMap(limit(in:)) { least = min(least, bytes) }
        }
        return least
    }

    /// The files with the limits of a process's groups, given what `/proc/self/cgroup` says: version 2 has a limit in each
    /// group up to the root, of which a container sees its own part; version 1 one of its own.
    package static func limitFiles(ofGroups groups: String) -> [String] {
        var files = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
        for line in groups.split(separator: "\n") where line.hasPrefix("0::/") {
            var path = line.dropFirst("0::".count)
            while let slash = path.lastIndex(of: "/"), path.count > 1 {
                files.append("/sys/fs/cgroup\(path)/memory.max")
                path = path[..<slash]
            }
        }
        return files
    }

    /// The bytes that a limit's file says; nil for none (“max”; version 1 says a number beyond all memories).
    package static func limit(in text: String) -> Int? { Int(text).flatMap { $0 > 0 ? $0 : nil } }
}
