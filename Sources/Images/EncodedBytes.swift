import Platform

/// The bytes of a file, read with a check at every access: a read outside is nil, never a crash.
struct EncodedBytes {
    let buffer: UnsafeBufferPointer<UInt8>

    init(_ buffer: UnsafeBufferPointer<UInt8>) { self.buffer = buffer }

    var count: Int { buffer.count }

    /// The byte at `offset`.
    subscript(offset: Int) -> UInt8? { offset >= 0 && offset < buffer.count ? buffer[offset] : nil }

    /// The part of `length` bytes from `offset`, if all of it is there.
    func slice(_ offset: Int, length: Int) -> EncodedBytes? {
        guard offset >= 0, length >= 0, offset <= count, length <= count - offset else { return nil }
        return EncodedBytes(UnsafeBufferPointer(rebasing: buffer[offset..<offset + length]))
    }

    /// Whether the bytes from `offset` are those of `text`.
    func has(_ text: StaticString, at offset: Int) -> Bool {
        guard let part = slice(offset, length: text.utf8CodeUnitCount) else { return false }
        return part.buffer.elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// The unsigned number of `size` (at most 4) bytes at `offset`.
    func number(at offset: Int, size: Int, bigEndian: Bool) -> Int? {
        guard let part = slice(offset, length: size) else { return nil }
        var value = 0
        for index in 0..<size { value = value << 8 | Int(part.buffer[bigEndian ? index : size - 1 - index]) }
        return value
    }

    /// The first offset from `offset` on that holds `byte`.
    func firstOffset(of byte: UInt8, from offset: Int) -> Int? {
        guard offset >= 0, offset < count, let base = buffer.baseAddress else { return nil }
        guard let found = memchr(base + offset, Int32(byte), count - offset) else { return nil }
        return UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }
}
