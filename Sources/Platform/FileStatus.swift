/// What lies at a path, links followed.
public struct FileStatus: Sendable {
    /// What sets a file apart from all others, under whatever name.
    public struct Identity: Sendable, Hashable {
        fileprivate let device: UInt64
        fileprivate let inode: UInt64
    }

    /// What changes when a file is written, replaced or renamed: as long as it is the same, so is the file.
    public struct Version: Sendable, Hashable {
        fileprivate let identity: Identity
        fileprivate let size: Int
        /// In nanoseconds since 1970: when its content was last written, and when anything of it was last changed.
        fileprivate let (written, changed): (Int, Int)
    }

    /// The kinds of what lies at a path.
    public enum Kind: Sendable, Hashable {
        case regular
        case folder
        case blockDevice
        /// A pipe, a terminal or another device of characters, a socket.
        case stream
    }

    /// Which file it is.
    public let identity: Identity
    /// Of which kind.
    public let kind: Kind
    /// Its length, in bytes; that of streams means nothing.
    public let size: Int
    /// Which state of which file it is.
    public let version: Version
    /// Its permissions, as `chmod` takes them.
    let permissions: mode_t
    let owner: uid_t
    let group: gid_t

    /// The status of what lies at a path; nil, with the reason in `errno`, where there is nothing.
    public init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// The status of what lies at a path, of a link itself; nil where there is nothing.
    public init?(link path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// The status of what a descriptor stands for; nil for one that is not open.
    public init?(descriptor: CInt) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    private init(_ status: stat) {
        identity = Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .folder
            case S_IFBLK: .blockDevice
            default: .stream
            }
        size = Int(status.st_size)
        #if canImport(Darwin)
            let (written, changed) = (status.st_mtimespec, status.st_ctimespec)
        #else
            let (written, changed) = (status.st_mtim, status.st_ctim)
        #endif
        version = Version(
            identity: identity, size: size, written: Self.nanoseconds(written), changed: Self.nanoseconds(changed))
        permissions = status.st_mode & 0o7777
        (owner, group) = (status.st_uid, status.st_gid)
    }

    /// A time since 1970; what no clock shows wraps.
    private static func nanoseconds(_ time: timespec) -> Int { time.tv_sec &* 1_000_000_000 &+ time.tv_nsec }
}
