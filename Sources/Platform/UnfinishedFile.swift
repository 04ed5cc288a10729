import Synchronization

/// A file that is being written beside the one whose place it takes. It is gone with this value unless it took a name.
struct UnfinishedFile: ~Copyable {
    private let descriptor: CInt
    private let folder: String
    /// Its own name for now; without one, as long as it has none.
    private var name: String?

    /// `O_TMPFILE`, whose definition Swift does not read: `__O_TMPFILE | O_DIRECTORY`.
    private static let temporary = 0o20000000 | O_DIRECTORY
    private static let number = Atomic(0)

    /// Begins a file in the folder of `target`.
    ///
    /// - Parameter withoutName: Whether it may be one that a killed program takes with it, where the file system has such.
    init(beside target: String, withoutName: Bool) throws(SystemError) {
        folder = OutputFile.folder(of: target)
        (descriptor, name) = try Self.open(in: folder, withoutName: withoutName)
    }

    deinit {
        if let name { unlink(name) }
        close(descriptor)
    }

    private static func open(
        in folder: String, withoutName: Bool
    ) throws(SystemError) -> (descriptor: CInt, name: String?) {
        if withoutName, access("/proc/self/fd", X_OK) == 0 {
            let descriptor = openFile(folder, temporary)
            if descriptor >= 0 { return (descriptor, nil) }
        }
        while true {
            let name = freshName(in: folder)
            let descriptor = openFile(name, O_CREAT | O_EXCL)
            if descriptor >= 0 { return (descriptor, name) }
            // One that a killed process of this number has left.
            if errno != EEXIST { throw SystemError(number: errno) }
        }
    }

    private static func openFile(_ path: String, _ flags: CInt) -> CInt {
        Platform.open(path, flags | O_WRONLY | O_CLOEXEC, 0o666)
    }

    /// A name that nothing else writes to.
    private static func freshName(in folder: String) -> String {
        "\(folder)/.multibox-\(getpid())-\(number.add(1, ordering: .relaxed).newValue).partial"
    }

    /// Writes all of it, one part behind the other.
    ///
    /// - Parameter model: The file whose permissions and, where that is allowed, owner it gets; nil for a new one's.
    func write(
        _ parts: some Sequence<some Collection<UInt8>>, like model: FileStatus?, isDurable: Bool
    ) throws(SystemError) {
        if let failure = DescriptorOutput.write(parts: parts, to: descriptor) { throw SystemError(number: failure) }
        if let model {
            // The owner first: changing it takes permissions away. Neither is there on every file system.
            _ = fchown(descriptor, model.owner, model.group)
            _ = fchmod(descriptor, model.permissions)
        }
        if isDurable, fsync(descriptor) != 0 { throw SystemError(number: errno) }
    }

    /// Gives it the name that it was written for.
    ///
    /// - Throws: `EEXIST` if there is something of that name and it does not replace it.
    mutating func take(_ target: String, replaces: Bool) throws(SystemError) {
        if !replaces {
            if link(as: target) { return }
            let failure = errno
            if failure == EEXIST || access(target, F_OK) == 0 { throw SystemError(number: EEXIST) }
            // Links are not everywhere; then having looked has to do.
            if name == nil { throw SystemError(number: failure) }
        }
        while name == nil {
            let fresh = Self.freshName(in: folder)
            if link(as: fresh) {
                name = fresh
            } else if errno != EEXIST {
                throw SystemError(number: errno)
            }
        }
        guard let name, rename(name, target) == 0 else { throw SystemError(number: errno) }
        self.name = nil
    }

    /// Gives it one more name; false, with the reason in `errno`, if there is something of that name.
    private func link(as path: String) -> Bool {
        let source = name ?? "/proc/self/fd/\(descriptor)"
        return linkat(AT_FDCWD, source, AT_FDCWD, path, name == nil ? AT_SYMLINK_FOLLOW : 0) == 0
    }
}
