/// Reads whole files of bounded size.
public enum InputFile {
    /// What may be read.
    public enum Source: Sendable {
        /// Regular files alone: what a list or a folder names. A pipe could keep its reader waiting for ever.
        case regularFile
        /// Pipes and devices too: what a person named.
        case any
    }

    /// All bytes of a file.
    ///
    /// - Parameter limit: The most bytes; no more than one beyond is read, whatever the file is.
    public static func bytes(
        _ path: String, limit: Int, source: Source = .regularFile
    ) throws(FileError) -> [UInt8] {
        // Opening a pipe would wait for a writer.
        let waiting = source == .any ? 0 : O_NONBLOCK
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | waiting)
        guard descriptor >= 0 else { throw .unreadable(path: path, reason: reason(errno)) }
        defer { close(descriptor) }
        if source == .regularFile, let status = FileStatus(descriptor: descriptor), status.kind != .regular {
            throw .unreadable(path: path, reason: status.kind == .folder ? reason(EISDIR) : "Not a regular file")
        }
        return try bytes(descriptor: descriptor, name: path, limit: limit)
    }

    /// All bytes that come from a descriptor.
    ///
    /// - Parameter name: What to call it in an error.
    public static func bytes(descriptor: CInt, name: String, limit: Int) throws(FileError) -> [UInt8] {
        var first = chunk
        if let status = FileStatus(descriptor: descriptor), status.kind == .regular {
            guard status.size <= limit else { throw .tooLarge(path: name, limit: limit) }
            // One more, with which the end is seen. Files of the system say that they are empty, and are not.
            first = max(status.size + 1, least)
        }
        var bytes: [UInt8] = []
        while bytes.count <= limit {
            let wanted = min(bytes.isEmpty ? first : chunk, limit + 1 - bytes.count)
            let (part, failure) = part(of: descriptor, atMost: wanted)
            if let failure { throw .unreadable(path: name, reason: reason(failure)) }
            if part.isEmpty { return bytes }
            if bytes.isEmpty { bytes = part } else { bytes += part }
        }
        throw .tooLarge(path: name, limit: limit)
    }

    /// What a file of the system (`/proc`, `/sys`) says, without the line's end; nil if it cannot be read.
    package static func systemText(_ path: String) -> String? {
        guard let bytes = try? bytes(path, limit: systemLimit) else { return nil }
        return String(decoding: bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...], as: UTF8.self)
    }

    /// The most that is read of such a file, in bytes: `/proc/stat` grows with the number of CPUs and interrupts.
    private static let systemLimit = 1 << 20

    /// Bytes that are asked for at once where nothing says how many there are.
    private static let chunk = 256 << 10
    /// Bytes that are asked for in any case.
    private static let least = 4 << 10

    private static func part(of descriptor: CInt, atMost count: Int) -> (bytes: [UInt8], errno: CInt?) {
        var failure: CInt?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while true {
                let result = once(descriptor, buffer.baseAddress, count)
                if result >= 0 {
                    filled = result
                    return
                }
                if errno == EAGAIN {
                    // Somebody else who has this pipe made it non-blocking.
                    var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                    _ = poll(&wanted, 1, -1)
                } else if errno != EINTR {
                    failure = errno
                    return
                }
            }
        }
        return (bytes, failure)
    }

    private static func once(_ descriptor: CInt, _ target: UnsafeMutablePointer<UInt8>?, _ count: Int) -> Int {
        Platform.read(descriptor, target, count)
    }

    static func reason(_ number: CInt) -> String { String(cString: strerror(number)) }
}
