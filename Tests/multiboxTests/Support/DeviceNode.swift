import Foundation

/// Device nodes of our own: tests write to none of the system's, which a fault would replace.
enum DeviceNode {
    /// Makes one of the kernel's devices of memory: 3 is `null`, 7 is `full`.
    static func make(_ path: String, minor: Int) throws {
        guard mknod(path, S_IFCHR | 0o600, dev_t(1 << 8 | minor)) == 0 else {
            throw Unexpected("mknod: \(String(cString: strerror(errno)))")
        }
    }

    /// Whether they can be made and opened here, which takes root and a file system that allows it.
    static let canBeMade: Bool = {
        let path = NSTemporaryDirectory() + "multibox-node-\(UUID().uuidString)"
        guard mknod(path, S_IFCHR | 0o600, dev_t(1 << 8 | 3)) == 0 else { return false }
        defer { unlink(path) }
        let descriptor = open(path, O_WRONLY)
        guard descriptor >= 0 else { return false }
        close(descriptor)
        return true
    }()
}
