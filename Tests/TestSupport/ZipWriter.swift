import CZlib

/// Writes zip archives (APPNOTE.TXT 4.3), also such as nobody should.
package struct ZipWriter {
    /// A file of the archive.
    package struct File {
        package var name: String
        package var bytes: [UInt8]
        package var isPacked = true
        /// What its entry says of its size and checksum; the truth unless it is said otherwise.
        package var size: Int?
        package var checksum: Int?
        package var flags = 0
        package var method: Int?

        package init(_ name: String, _ bytes: [UInt8]) { (self.name, self.bytes) = (name, bytes) }
    }

    package var files: [File]
    package var comment: [UInt8] = []

    package init(_ files: [File]) { self.files = files }

    /// The archive.
    package var archive: [UInt8] {
        var result: [UInt8] = []
        var directory: [UInt8] = []
        for file in files {
            let packed = file.isPacked ? Self.deflated(file.bytes) : file.bytes
            let checksum = file.checksum ?? Int(crc32(0, file.bytes, uInt(file.bytes.count)))
            let facts: [UInt8] =
                Self.number(20, 2) + Self.number(file.flags, 2) + Self.number(file.method ?? (file.isPacked ? 8 : 0), 2)
                + Self.number(0, 4) + Self.number(checksum, 4) + Self.number(packed.count, 4)
                + Self.number(file.size ?? file.bytes.count, 4) + Self.number(file.name.utf8.count, 2)
                + Self.number(0, 2)
            directory +=
                Self.number(0x0201_4B50, 4) + Self.number(20, 2) + facts + Self.number(0, 10)
                + Self.number(result.count, 4) + Array(file.name.utf8)
            result += Self.number(0x0403_4B50, 4) + facts + Array(file.name.utf8) + packed
        }
        let start = result.count
        result += directory
        result += Self.number(0x0605_4B50, 4) + Self.number(0, 4)
        result += Self.number(files.count, 2) + Self.number(files.count, 2)
        result += Self.number(directory.count, 4) + Self.number(start, 4) + Self.number(comment.count, 2) + comment
        return result
    }

    private static func number(_ value: Int, _ size: Int) -> [UInt8] {
        (0..<size).map { $0 < 8 ? UInt8(truncatingIfNeeded: value >> (8 * $0)) : 0 }
    }

    /// Packed as RFC 1951 says.
    private static func deflated(_ bytes: [UInt8]) -> [UInt8] {
        var stream = z_stream()
        deflateInit2_(
            &stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size))
        defer { deflateEnd(&stream) }
        let room = Int(deflateBound(&stream, uLong(bytes.count)))
        return bytes.withUnsafeBufferPointer { source in
            [UInt8](unsafeUninitializedCapacity: room) { target, count in
                stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
                stream.avail_in = uInt(source.count)
                stream.next_out = target.baseAddress
                stream.avail_out = uInt(room)
                deflate(&stream, Z_FINISH)
                count = room - Int(stream.avail_out)
            }
        }
    }
}
