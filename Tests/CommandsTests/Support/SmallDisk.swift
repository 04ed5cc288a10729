import Foundation
import TestSupport

/// A file system in memory, of few bytes.
struct SmallDisk {
    private let path: String
    private let bytes: Int

    /// Mounts one on a folder, which is made.
    init(_ path: String, bytes: Int) throws {
        self.path = path
        self.bytes = bytes
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(bytes)") == 0 else {
            throw Unexpected("mount: \(String(cString: strerror(errno)))")
        }
    }

    /// Takes all of it but some bytes.
    func fill(leaving room: Int) throws {
        try Data(count: bytes - room).write(to: URL(fileURLWithPath: path + "/filling"))
    }

    /// Gives that back.
    func empty() throws { try FileManager.default.removeItem(atPath: path + "/filling") }

    func unmount() { umount2(path, CInt(MNT_DETACH)) }

    /// Whether file systems can be mounted here, which takes root and more.
    static let canBeMounted: Bool = {
        let path = NSTemporaryDirectory() + "multibox-disk-\(UUID().uuidString)"
        guard let disk = try? SmallDisk(path, bytes: 1 << 16) else {
            rmdir(path)
            return false
        }
        disk.unmount()
        rmdir(path)
        return true
    }()
}
