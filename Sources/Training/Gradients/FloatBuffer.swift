import Platform

/// Floats at a cache line's border, freed with their owner.
///
/// Not `Sendable`: a buffer belongs to one interpreter, which shares its elements out among threads while it waits.
final class FloatBuffer {
    /// Bytes of a cache line, and of the widest vector.
    static let alignment = 64

    let floats: UnsafeMutablePointer<Float>
    let count: Int

    /// Bytes of a huge page: of maps of dozens of megabytes, which a step goes through many times, the processor would
    /// forget where the small ones are.
    private static let hugePage = 2 << 20

    /// `count` floats of undefined content; at least one line, so that there is always an address.
    init(count: Int) {
        let bytes = max(count * 4, Self.alignment)
        let isHuge = bytes >= Self.hugePage
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: bytes, alignment: isHuge ? Self.hugePage : Self.alignment)
        #if os(Linux)
            // Where the system has none, it is as it would be without.
            if isHuge { madvise(memory, bytes / Self.hugePage * Self.hugePage, MADV_HUGEPAGE) }
        #endif
        floats = memory.bindMemory(to: Float.self, capacity: bytes / 4)
        self.count = count
    }

    deinit { UnsafeMutableRawPointer(floats).deallocate() }
}
