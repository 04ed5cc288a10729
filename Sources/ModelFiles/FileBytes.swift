#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Reads whole files of bounded size, and writes whole files.
enum FileBytes {
    /// The bytes of the regular file at `path`, of which there must be no more than `limit`, nor than half of `memory`:
    /// what is made of a model's file is about as large as the file.
    static func read(_ path: String, limit: Int, memory: Int = .max) throws(ModelFileError) -> [UInt8] {
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
        guard size <= memory / 2 else { throw .beyondMemory(path: path, size: size, limit: memory) }
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

    /// Makes `bytes` the contents of the regular file at `path`, whether or not there is one. They are written beside it
    /// first and reach the disk before they take its place.
    static func replace(_ path: String, with bytes: [UInt8]) throws(ModelFileError) {
        func failed(_ number: Int32) -> ModelFileError {
            .unwritable(path: path, reason: String(cString: strerror(number)))
        }
        var status = stat()
        if stat(path, &status) == 0 {
            // Renaming over a device would remove it.
            guard status.st_mode & S_IFMT == S_IFREG else {
                throw status.st_mode & S_IFMT == S_IFDIR
                    ? failed(EISDIR) : .unwritable(path: path, reason: "Not a regular file")
            }
        } else if errno != ENOENT {
            throw failed(errno)
        }
        let temporary = "\(path).\(getpid()).partial"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw failed(errno) }
        var failure = writeAll(bytes, descriptor)
        if failure == nil, fsync(descriptor) != 0 { failure = errno }
        if close(descriptor) != 0, failure == nil { failure = errno }
        if failure == nil, rename(temporary, path) != 0 { failure = errno }
        if let failure {
            unlink(temporary)
            throw failed(failure)
        }
    }

    /// The error number of what went wrong; nil if all was written.
    private static func writeAll(_ bytes: [UInt8], _ descriptor: Int32) -> Int32? {
        bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let part = writeOnce(descriptor, buffer.baseAddress.map { $0 + written }, buffer.count - written)
                if part < 0, errno == EINTR { continue }
                if part < 0 { return errno }
                written += part
            }
            return nil
        }
    }

    private static func writeOnce(_ descriptor: Int32, _ source: UnsafeRawPointer?, _ count: Int) -> Int {
        #if canImport(Glibc)
            Glibc.write(descriptor, source, count)
        #else
            Musl.write(descriptor, source, count)
        #endif
    }

    /// Whether there is something at `path`.
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
}
