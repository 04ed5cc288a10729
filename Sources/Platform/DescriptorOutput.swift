/// Writes to descriptors.
public enum DescriptorOutput {
    /// Writes all bytes, however long their reader takes; the error number of what went wrong, or nil.
    public static func write(_ bytes: some Collection<UInt8>, to descriptor: CInt) -> CInt? {
        if let result = bytes.withContiguousStorageIfAvailable({ write(UnsafeRawBufferPointer($0), to: descriptor) }) {
            return result
        }
        return Array(bytes).withUnsafeBytes { write($0, to: descriptor) }
    }

    /// Writes parts one behind the other, up to the first that fails.
    static func write(parts: some Sequence<some Collection<UInt8>>, to descriptor: CInt) -> CInt? {
        for part in parts {
            if let failure = write(part, to: descriptor) { return failure }
        }
        return nil
    }

    private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt) -> CInt? {
        var written = 0
        while written < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
            let count = once(descriptor, rest.baseAddress, rest.count)
            if count >= 0 {
                written += count
            } else if errno == EAGAIN {
                // Somebody else who has this pipe made it non-blocking.
                var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&wanted, 1, -1)
            } else if errno != EINTR {
                return errno
            }
        }
        return nil
    }

    private static func once(_ descriptor: CInt, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
        Platform.write(descriptor, bytes, count)
    }
}
