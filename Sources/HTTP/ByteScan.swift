/// The search for one octet, eight at a time (the zero-byte test of Warren, Hacker's Delight, section 6-1).
enum ByteScan {
    /// The index of the first `byte` at or after `start`.
    @inline(__always)
    static func firstIndex(of byte: UInt8, in bytes: UnsafeRawBufferPointer, from start: Int = 0) -> Int? {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let pattern = ones &* UInt64(byte)
        var i = start
        while i &+ 8 <= bytes.count {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: i, as: UInt64.self)) ^ pattern
            let zeros = (word &- ones) & ~word & (ones << 7)
            if zeros != 0 { return i &+ zeros.trailingZeroBitCount / 8 }
            i &+= 8
        }
        while i < bytes.count {
            if bytes[i] == byte { return i }
            i &+= 1
        }
        return nil
    }
}
