/// What one process at a time has of all that take the lock of the same file (`flock`). It ends with this value and with the
/// process, however that ends; the file stays.
package final class FileLock: Sendable {
    private let descriptor: CInt

    /// Takes the lock, whose file is made if it is not there.
    ///
    /// - Parameter willWait: called once if another has it, before this waits until it has not.
    package init(_ path: String, willWait: () -> Void) throws(FileError) {
        func failed(_ number: CInt) -> FileError { .unwritable(path: path, reason: InputFile.reason(number)) }
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
        guard descriptor >= 0 else { throw failed(errno) }
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return }
        if errno == EWOULDBLOCK { willWait() }
        while flock(descriptor, LOCK_EX) != 0 {
            let number = errno
            guard number == EINTR else {
                close(descriptor)
                throw failed(number)
            }
        }
    }

    deinit { close(descriptor) }
}
