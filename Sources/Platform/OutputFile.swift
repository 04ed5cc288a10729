/// Writes whole files, the one way in which this program does it; what comes in pieces is a `ResumableFile`.
///
/// A regular file is replaced as a whole: the bytes are written to a file without a name in the same folder, which then
/// takes the name, so that whoever reads sees the old file or the new one and whatever ends the program leaves nothing half
/// done. The new file has the permissions of the old one. A symbolic link is followed. What is neither a file nor a folder, a
/// pipe or `/dev/null`, is written to and stays what it is; a block device is refused.
public enum OutputFile {
    /// What happens to a file that is there already.
    public enum Existing: Sendable, Hashable {
        /// It stays, and nothing is written. One without bytes is nothing to keep.
        case keep
        /// The new one takes its place.
        case replace
    }

    /// Writes a file.
    ///
    /// - Parameter isDurable: Whether the bytes reach the disk before the file has its name, which takes milliseconds: for
    ///   what must outlive a power failure.
    public static func write(
        _ bytes: some Collection<UInt8>, to path: String, existing: Existing, isDurable: Bool = false
    ) throws(FileError) {
        try write(parts: CollectionOfOne(bytes), to: path, existing: existing, isDurable: isDurable)
    }

    /// Writes a file of parts, one behind the other, each of which is made when its turn comes.
    ///
    /// - Parameter withoutName: Whether the file may have no name while it is written, which not every file system can do.
    package static func write(
        parts: some Sequence<some Collection<UInt8>>, to path: String, existing: Existing, isDurable: Bool,
        withoutName: Bool = true
    ) throws(FileError) {
        func failed(_ number: CInt) -> FileError { .unwritable(path: path, reason: InputFile.reason(number)) }
        let status = FileStatus(path)
        if status == nil, errno != ENOENT { throw failed(errno) }
        switch status?.kind {
        case .folder?: throw failed(EISDIR)
        case .blockDevice?: throw .unwritable(path: path, reason: "Is a block device")
        case .stream?:
            if let number = writeThrough(parts, path) { throw failed(number) }
            return
        case .regular?, nil: break
        }
        // `/dev/stdout` while that is a file: what was written to it before must stay.
        for descriptor in [STDOUT_FILENO, STDERR_FILENO] {
            guard let status, status.identity == FileStatus(descriptor: descriptor)?.identity else { continue }
            if let number = DescriptorOutput.write(parts: parts, to: descriptor) { throw failed(number) }
            return
        }
        if existing == .keep, let status, status.size > 0 { throw .exists(path: path) }
        let target: String
        switch destination(of: path) {
        case .success(let destination): target = destination
        case .failure(let error): throw failed(error.number)
        }
        // A name in /proc of a file that has lost its own leads elsewhere.
        guard FileStatus(target)?.identity == status?.identity else { throw failed(ENOENT) }
        // Renaming asks for no permission of the file itself.
        if status != nil, access(target, W_OK) != 0 { throw failed(errno) }
        do throws(SystemError) {
            var file = try UnfinishedFile(beside: target, withoutName: withoutName)
            try file.write(parts, like: status, isDurable: isDurable)
            try file.take(target, replaces: existing == .replace || status != nil)
        } catch {
            throw error.number == EEXIST ? .exists(path: path) : failed(error.number)
        }
        if isDurable { synchronizeFolder(of: target) }
    }

    /// Adds bytes at the end of a file, which is made if it is not there.
    public static func append(_ bytes: some Collection<UInt8>, to path: String) throws(FileError) {
        func failed(_ number: CInt) -> FileError { .unwritable(path: path, reason: InputFile.reason(number)) }
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw failed(errno) }
        let failure = DescriptorOutput.write(bytes, to: descriptor)
        let isClosed = close(descriptor) == 0
        if let number = failure ?? (isClosed ? nil : errno) { throw failed(number) }
    }

    private static func writeThrough(_ parts: some Sequence<some Collection<UInt8>>, _ path: String) -> CInt? {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { return errno }
        let failure = DescriptorOutput.write(parts: parts, to: descriptor)
        return close(descriptor) == 0 ? failure : failure ?? errno
    }

    /// Symbolic links that are followed, as many as Linux does.
    private static let maximumLinks = 40

    /// Where the links at the end of a path lead, whether or not there is something.
    private static func destination(of path: String) -> Result<String, SystemError> {
        var path = path
        for _ in 0...maximumLinks {
            var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
            let count = readlink(path, &buffer, buffer.count)
            // Nothing, or no link.
            guard count >= 0 else { return .success(path) }
            guard let link = String(validating: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) else {
                return .failure(SystemError(number: EILSEQ))
            }
            path = link.hasPrefix("/") ? link : folder(of: path) + "/" + link
        }
        return .failure(SystemError(number: ELOOP))
    }

    /// Checks that a file can be made in the folder of a path, whose links are followed.
    public static func checkFolder(of path: String) throws(FileError) {
        func failed(_ number: CInt) -> FileError { .unwritable(path: path, reason: InputFile.reason(number)) }
        let folder: String
        switch destination(of: path) {
        case .success(let target): folder = self.folder(of: target)
        case .failure(let error): throw failed(error.number)
        }
        guard let status = FileStatus(folder) else { throw failed(errno) }
        guard status.kind == .folder else { throw failed(ENOTDIR) }
        guard access(folder, W_OK | X_OK) == 0 else { throw failed(errno) }
    }

    /// The folder that a path names something in.
    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Brings a new name to the disk. Where it cannot be, the file itself is there.
    static func synchronizeFolder(of path: String) {
        let descriptor = open(folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}

/// What the system said no with.
struct SystemError: Error {
    let number: CInt
}
