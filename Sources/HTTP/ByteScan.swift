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

    /// The index of the first four octets in a row that are `word`, its lowest octet first, at or after `start`. All four are
    /// tested at once: a search for the first alone would stop at each of them in content made of nothing else.
    static func firstIndex(ofWord word: UInt32, in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let patterns = SIMD4<UInt64>(
            UInt64(word & 0xFF), UInt64(word >> 8 & 0xFF), UInt64(word >> 16 & 0xFF), UInt64(word >> 24))
        let spread = patterns &* SIMD4(repeating: ones)
        @inline(__always) func zeros(_ offset: Int, _ pattern: UInt64) -> UInt64 {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) ^ pattern
            return (word &- ones) & ~word & (ones << 7)
        }
        @inline(__always) func isHere(_ index: Int) -> Bool {
            UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt32.self)) == word
        }
        var i = start
        while i &+ 11 <= bytes.count {
            // What the test adds above a true zero is sorted out below.
            var found =
                zeros(i, spread[0]) & zeros(i &+ 1, spread[1]) & zeros(i &+ 2, spread[2]) & zeros(i &+ 3, spread[3])
            while found != 0 {
                let index = i &+ found.trailingZeroBitCount / 8
                if isHere(index) { return index }
                found &= found &- 1
            }
            i &+= 8
        }
        while i &+ 4 <= bytes.count {
            if isHere(i) { return i }
            i &+= 1
        }
        return nil
    }
}
