/// Bytes of a string that stand for themselves: none is a quotation mark, a backslash or a control character.
enum PlainRun {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highs: UInt64 = 0x8080_8080_8080_8080

    /// Where the run from `start` on ends, or how far it was looked at.
    static func end(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int, atMost count: Int = .max) -> Int {
        let bound = count < bytes.count - start ? start + count : bytes.count
        let raw = UnsafeRawBufferPointer(bytes)
        var position = start
        // Eight at a time. A byte is zero where subtracting one borrows from its highest bit, which it had not set; the
        // lowest one found is right, and any is enough to look closer.
        while position + 8 <= bound {
            let word = raw.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5C)
            let found =
                (quote &- ones) & ~quote | (backslash &- ones) & ~backslash | (word &- ones &* 0x20) & ~word
            if found & highs != 0 { break }
            position += 8
        }
        while position < bound, isPlain(bytes[position]) { position += 1 }
        return position
    }

    private static func isPlain(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x22 && byte != 0x5C }
}
