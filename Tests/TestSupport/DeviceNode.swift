import Foundation

/// Device nodes of our own: tests write to none of the system's, which a fault would replace.
public enum DeviceNode {
    /// Makes one of the kernel's devices of memory: 3 is `null`, 7 is `full`.
    public static func make(_ path: String, minor: Int) throws {
        guard mknod(path, S_IFCHR | 0o600, dev_t(1 << 8 | minor)) == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
    }

    /// Whether they can be made and opened here, which takes root and a file system that allows it.
    public static let canBeMade: Bool = {
        let path = NSTemporaryDirectory() + "multibox-node-\(UUID().uuidString)"
        guard mknod(path, S_IFCHR | 0o600, dev_t(1 << 8 | 3)) == 0 else { return false }
        defer { unlink(path) }
        let descriptor = open(path, O_WRONLY)
        guard descriptor >= 0 else { return false }
        close(descriptor)
        return true
    }()
}
