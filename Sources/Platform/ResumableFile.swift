/// A file that comes in pieces, over a network, and perhaps in several runs of the program.
///
/// Until it is whole it has a name of its own, `PATH.partial`, under which it outlives whatever ends the program; then it takes
/// its name and whoever reads sees the old file or the new one, as with `OutputFile`. One process at a time may have it: see
/// `FileLock`.
package final class ResumableFile {
    /// What is added to the name of one that is not whole.
    package static let suffix = ".partial"

    private let path: String
    private let descriptor: CInt
    /// Where its bytes are until it is whole.
    package let partialPath: String
    /// The bytes that have come.
    package private(set) var size: Int

    /// Goes on with what came for the file at `path`, or begins.
    package init(for path: String) throws(FileError) {
        self.path = path
        partialPath = path + Self.suffix
        let descriptor = open(partialPath, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o666)
        guard descriptor >= 0 else {
            throw .unwritable(path: partialPath, reason: InputFile.reason(errno))
        }
        guard let status = FileStatus(descriptor: descriptor), status.kind == .regular else {
            close(descriptor)
            throw .unwritable(path: partialPath, reason: "Not a regular file")
        }
        self.descriptor = descriptor
        size = status.size
    }

    deinit { close(descriptor) }

    /// Adds bytes at the end.
    package func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        guard lseek(descriptor, off_t(size), SEEK_SET) >= 0 else { throw failed(errno) }
        if let number = DescriptorOutput.write(bytes, to: descriptor) { throw failed(number) }
        size += bytes.count
    }

    /// Forgets what has come.
    package func restart() throws(FileError) {
        guard ftruncate(descriptor, 0) == 0 else { throw failed(errno) }
        size = 0
    }

    /// Takes it away.
    package func discard() { unlink(partialPath) }

    /// Gives it its name, once its bytes are on the disk. What was of that name is replaced.
    package func finish() throws(FileError) {
        // What a run that was killed while it wrote has left beyond.
        guard ftruncate(descriptor, off_t(size)) == 0, fsync(descriptor) == 0, rename(partialPath, path) == 0 else {
            throw .unwritable(path: path, reason: InputFile.reason(errno))
        }
        OutputFile.synchronizeFolder(of: path)
    }

    private func failed(_ number: CInt) -> FileError {
        .unwritable(path: partialPath, reason: InputFile.reason(number))
    }
}
