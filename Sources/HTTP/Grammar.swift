/// The lexical rules that several fields share (RFC 9110, section 5.6), on octets and on strings.
enum Grammar {
    static func isToken(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard !bytes.isEmpty else { return false }
        for byte in bytes where !ByteSet.token.contains(byte) { return false }
        return true
    }

    static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { ByteSet.token.contains($0) }
    }

    /// `field-vchar`, space and tab (RFC 9110, section 5.5); `obs-text` is let through. Without an early exit, so that the
    /// loop is vectorized.
    static func isFieldValue(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var bad: UInt8 = 0
        for byte in bytes { bad |= isControl(byte) ? 1 : 0 }
        return bad == 0
    }

    /// A control octet other than horizontal tab: what a field value must not hold.
    @inline(__always)
    static func isControl(_ byte: UInt8) -> Bool { (byte < 0x20 && byte != 0x09) || byte == 0x7F }

    /// Optional white space: space and horizontal tab.
    @inline(__always)
    static func isWhitespace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    /// The value of a hexadecimal digit.
    @inline(__always)
    static func hexadecimalValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }

    /// `byte` in lower case where it is an ASCII capital.
    @inline(__always)
    static func lowercased(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

    /// `text` with its ASCII capitals in lower case.
    static func lowercased(_ text: some StringProtocol) -> String {
        String(decoding: text.utf8.map { lowercased($0) }, as: UTF8.self)
    }

    /// Whether two names are the same but for ASCII case.
    static func areEqual(_ a: some StringProtocol, _ b: some StringProtocol) -> Bool {
        let a = a.utf8
        let b = b.utf8
        guard a.count == b.count else { return false }
        var i = a.startIndex
        var j = b.startIndex
        while i < a.endIndex {
            guard lowercased(a[i]) == lowercased(b[j]) else { return false }
            i = a.index(after: i)
            j = b.index(after: j)
        }
        return true
    }

    /// Whether `bytes` spell `name`, which is in lower case, but for ASCII case.
    static func isNamed(_ bytes: UnsafeRawBufferPointer, _ name: StaticString) -> Bool {
        guard bytes.count == name.utf8CodeUnitCount else { return false }
        for i in 0..<bytes.count where lowercased(bytes[i]) != name.utf8Start[i] { return false }
        return true
    }

    /// `bytes` without the white space around them.
    static func trimmed(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var start = 0
        var end = bytes.count
        while start < end, isWhitespace(bytes[start]) { start += 1 }
        while end > start, isWhitespace(bytes[end - 1]) { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: bytes[start..<end])
    }

    /// The elements of a comma-separated list whose elements hold no quoted strings, trimmed, empty ones left out
    /// (RFC 9110, section 5.6.1.2).
    static func listElements(_ text: some StringProtocol) -> [String] {
        text.utf8.split(separator: UInt8(ascii: ",")).compactMap { element in
            var element = element
            while let first = element.first, isWhitespace(first) { element.removeFirst() }
            while let last = element.last, isWhitespace(last) { element.removeLast() }
            return element.isEmpty ? nil : String(decoding: element, as: UTF8.self)
        }
    }
}
