#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Reads whole files of bounded size.
enum FileBytes {
    /// The bytes of the regular file at `path`, of which there must be no more than `limit`.
    static func read(_ path: String, limit: Int) throws(ModelFileError) -> [UInt8] {
        func failed(_ number: Int32) -> ModelFileError {
            .unreadable(path: path, reason: String(cString: strerror(number)))
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failed(errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failed(errno) }
        // A pipe or device could go on for ever and a folder has no bytes.
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw status.st_mode & S_IFMT == S_IFDIR
                ? failed(EISDIR) : .unreadable(path: path, reason: "Not a regular file")
        }
        guard status.st_size <= limit else { throw .tooLarge(path: path, limit: limit) }
        let size = Int(status.st_size)
        var failure: Int32?
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let part = readOnce(descriptor, buffer.baseAddress.map { $0 + count }, size - count)
                if part < 0, errno == EINTR { continue }
                if part < 0 { failure = errno }
                // Fewer bytes than the size promised: the file has shrunk, and its reader will see that.
                if part <= 0 { break }
                count += part
            }
        }
        if let failure { throw failed(failure) }
        return bytes
    }

    private static func readOnce(_ descriptor: Int32, _ target: UnsafeMutablePointer<UInt8>?, _ count: Int) -> Int {
        #if canImport(Glibc)
            Glibc.read(descriptor, target, count)
        #else
            Musl.read(descriptor, target, count)
        #endif
    }

    /// Whether there is something at `path`.
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
}
