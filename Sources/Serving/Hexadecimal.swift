/// Numbers as lower-case hexadecimal digits.
enum Hexadecimal {
    /// Sixteen digits.
    static func text(_ value: UInt64) -> String {
        String(unsafeUninitializedCapacity: 16) { buffer in
            write(value, to: buffer, at: 0)
            return 16
        }
    }

    /// Writes sixteen digits into memory that has room for them.
    static func write(_ value: UInt64, to buffer: UnsafeMutableBufferPointer<UInt8>, at start: Int) {
        for index in 0..<16 {
            let digit = UInt8(truncatingIfNeeded: value >> UInt64(60 - 4 * index)) & 15
            buffer.initializeElement(at: start + index, to: digit < 10 ? 0x30 + digit : 0x57 + digit)
        }
    }

    /// Whether `text` is lower-case hexadecimal digits alone.
    static func isLowercase(_ text: some StringProtocol) -> Bool {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
