import Foundation

/// A control group that bounds what a process takes of the machine's memory, as a container's does.
final class MemoryGroup: Sendable {
    private let path: String

    /// A group below our own; nil where this machine does not let us make one.
    init?(bytes: Int) {
        guard let (parent, limit) = Self.parent else { return nil }
        path = parent + "/multibox-test-\(UUID().uuidString)"
        guard mkdir(path, 0o755) == 0 else { return nil }
        guard Self.write("\(bytes)", to: path + "/" + limit) else {
            rmdir(path)
            return nil
        }
    }

    /// Ends the group, whose processes must have ended.
    func remove() { rmdir(path) }

    /// Moves a process into the group: what it takes from now on counts.
    func add(_ process: pid_t) -> Bool { Self.write("\(process)", to: path + "/cgroup.procs") }

    /// Our own group, and the file of its limit: of the first version where memory is managed by that, else the second.
    private static var parent: (path: String, limit: String)? {
        guard let text = try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8) else { return nil }
        let lines = text.split(separator: "\n").map {
            $0.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        }
        for line in lines where line.count == 3 && line[1].split(separator: ",").contains("memory") {
            let path = "/sys/fs/cgroup/memory" + line[2]
            let isThere = FileManager.default.fileExists(atPath: path)
            return (isThere ? path : "/sys/fs/cgroup/memory", "memory.limit_in_bytes")
        }
        guard let own = lines.first(where: { $0.count == 3 && $0[1].isEmpty }) else { return nil }
        return ("/sys/fs/cgroup" + own[2], "memory.max")
    }

    private static func write(_ text: String, to path: String) -> Bool {
        guard let file = fopen(path, "w") else { return false }
        defer { fclose(file) }
        return fputs(text, file) >= 0 && fflush(file) == 0
    }
}
