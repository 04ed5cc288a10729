/// Floats at a cache line's border, freed with their owner.
///
/// Not `Sendable`: a buffer belongs to one interpreter, which shares its elements out among threads while it waits.
final class FloatBuffer {
    /// Bytes of a cache line, and of the widest vector.
    static let alignment = 64

    let floats: UnsafeMutablePointer<Float>
    let count: Int

    /// `count` floats of undefined content; at least one line, so that there is always an address.
    init(count: Int) {
        let bytes = max(count * 4, Self.alignment)
        floats = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: Self.alignment)
            .bindMemory(to: Float.self, capacity: bytes / 4)
        self.count = count
    }

    deinit { UnsafeMutableRawPointer(floats).deallocate() }
}
