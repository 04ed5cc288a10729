/// Memory that is used for a moment, again and again: it grows to the largest need and stays.
///
/// Each slot is one block; a block is valid until the same slot is asked for again.
final class ScratchMemory {
    private var slots: [Int: FloatBuffer] = [:]

    /// As many floats as whole cache lines have that hold `count`, and a line more, so that parts of a block share none.
    static func whole(_ count: Int) -> Int {
        let line = FloatBuffer.alignment / 4
        return (count + line - 1) / line * line + line
    }

    /// At least `count` floats of undefined content.
    func floats(_ count: Int, slot: Int) -> UnsafeMutablePointer<Float> {
        if let buffer = slots[slot], buffer.count >= count { return buffer.floats }
        let buffer = FloatBuffer(count: count)
        slots[slot] = buffer
        return buffer.floats
    }
}
