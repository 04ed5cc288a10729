import CZlib

/// Uncompresses what was deflated (RFC 1951), by zlib.
enum Inflation {
    /// Appends what `packed` stands for, which must be exactly `size` bytes.
    ///
    /// - Returns: whether it is; if not, nothing is appended.
    static func append(_ packed: ArraySlice<UInt8>, to bytes: inout [UInt8], size: Int) -> Bool {
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: size))
        let isWhole = packed.withUnsafeBufferPointer { packed in
            bytes.withUnsafeMutableBufferPointer { bytes in
                inflate(packed, into: UnsafeMutableBufferPointer(rebasing: bytes[start...]))
            }
        }
        if !isWhole { bytes.removeLast(size) }
        return isWhole
    }

    private static func inflate(
        _ packed: UnsafeBufferPointer<UInt8>, into target: UnsafeMutableBufferPointer<UInt8>
    ) -> Bool {
        guard packed.count <= Int(UInt32.max), target.count < Int(UInt32.max) else { return false }
        var stream = z_stream()
        // Negative window bits: no header around the data.
        guard
            inflateInit2_(&stream, -MAX_WBITS, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size)) == Z_OK
        else { return false }
        defer { inflateEnd(&stream) }
        stream.next_in = UnsafeMutablePointer(mutating: packed.baseAddress)
        stream.avail_in = UInt32(packed.count)
        // An address for no bytes at all, which zlib asks for.
        var spare: UInt8 = 0
        return withUnsafeMutablePointer(to: &spare) { spare in
            stream.next_out = target.baseAddress ?? spare
            stream.avail_out = UInt32(target.count)
            let end = CZlib.inflate(&stream, Z_FINISH)
            return end == Z_STREAM_END && stream.avail_out == 0
        }
    }

    /// The checksum that archives have of a file (CRC-32, APPNOTE.TXT 4.4.7).
    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        bytes.withUnsafeBufferPointer { UInt32(truncatingIfNeeded: crc32_z(0, $0.baseAddress, $0.count)) }
    }
}
