import CZlib
import Platform

/// Takes files that are known by name out of a zip archive (APPNOTE.TXT 4.3), whoever made it: no name of the archive becomes
/// a path, sizes are bounded before memory is taken, and checksums are compared.
public struct ZipArchive: Sendable {
    /// Why a file cannot be taken.
    public enum Failure: Error, Sendable, Hashable {
        /// What is no archive, or breaks the format's rules at this byte.
        case malformed(offset: Int)
        /// No file has this name.
        case absent(name: String)
        /// The file is larger than the limit, or says so.
        case tooLarge(name: String, limit: Int)
        /// The file is encrypted, or packed by another method than deflate.
        case unsupported(name: String)
        /// The bytes are not those that were packed.
        case damaged(name: String)
    }

    private let bytes: [UInt8]
    /// The central directory, without the record at the end.
    private let directory: Range<Int>

    /// Opens an archive.
    ///
    /// - Throws: `malformed` if there is no directory within the bytes, or it is cut up into several disks or beyond 4 GiB.
    public init(_ bytes: [UInt8]) throws(Failure) {
        self.bytes = bytes
        // The record at the end, after which comes nothing but its comment.
        let last = bytes.count - 22
        let first = max(0, last - 0xFFFF)
        var end: Int?
        for position in stride(from: last, through: first, by: -1)
        where Self.number(bytes, position, 4) == 0x0605_4B50
            && Self.number(bytes, position + 20, 2) == last - position
        {
            end = position
            break
        }
        guard let end else { throw .malformed(offset: bytes.count) }
        let (size, start) = (Self.number(bytes, end + 12, 4), Self.number(bytes, end + 16, 4))
        guard start <= end, size <= end - start else { throw .malformed(offset: end) }
        directory = start..<start + size
    }

    /// The bytes of a file.
    ///
    /// - Parameter limit: the most that it may have.
    public func file(_ name: String, limit: Int) throws(Failure) -> [UInt8] {
        var position = directory.lowerBound
        while directory.upperBound - position >= 46 {
            guard number(position, 4) == 0x0201_4B50 else { throw .malformed(offset: position) }
            let nameLength = number(position + 28, 2)
            let length = 46 + nameLength + number(position + 30, 2) + number(position + 32, 2)
            guard length <= directory.upperBound - position else { throw .malformed(offset: position) }
            if bytes[position + 46..<position + 46 + nameLength].elementsEqual(name.utf8) {
                return try contents(name, entry: position, limit: limit)
            }
            position += length
        }
        throw .absent(name: name)
    }

    private func contents(_ name: String, entry: Int, limit: Int) throws(Failure) -> [UInt8] {
        let method = number(entry + 10, 2)
        guard number(entry + 8, 2) & 1 == 0, method == 0 || method == 8 else { throw .unsupported(name: name) }
        let (packedSize, size) = (number(entry + 20, 4), number(entry + 24, 4))
        guard size <= limit else { throw .tooLarge(name: name, limit: limit) }
        // The local header, whose own names and sizes say nothing new.
        let header = number(entry + 42, 4)
        guard header <= entry, entry - header >= 30, number(header, 4) == 0x0403_4B50 else {
            throw .malformed(offset: entry)
        }
        let start = header + 30 + number(header + 26, 2) + number(header + 28, 2)
        guard start <= directory.lowerBound, packedSize <= directory.lowerBound - start else {
            throw .malformed(offset: header)
        }
        let packed = bytes[start..<start + packedSize]
        let contents = method == 0 ? Array(packed) : Self.inflated(packed, size: size)
        guard let contents, contents.count == size, Self.checksum(contents) == number(entry + 16, 4) else {
            throw .damaged(name: name)
        }
        return contents
    }

    /// The bytes that deflate packed (RFC 1951); nil if they are not `size`, or not packed so.
    private static func inflated(_ packed: ArraySlice<UInt8>, size: Int) -> [UInt8]? {
        var stream = z_stream()
        // No header of zlib's: the window's size is negative.
        guard inflateInit2_(&stream, -15, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
        defer { inflateEnd(&stream) }
        var isWhole = false
        let contents = packed.withUnsafeBufferPointer { source in
            // One more than it says, by which one that goes on is seen.
            [UInt8](unsafeUninitializedCapacity: size + 1) { target, count in
                stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
                stream.avail_in = uInt(source.count)
                stream.next_out = target.baseAddress
                stream.avail_out = uInt(size + 1)
                isWhole = inflate(&stream, Z_FINISH) == Z_STREAM_END
                count = size + 1 - Int(stream.avail_out)
            }
        }
        return isWhole && contents.count == size ? contents : nil
    }

    private static func checksum(_ bytes: [UInt8]) -> Int { Int(crc32(0, bytes, uInt(bytes.count))) }

    private func number(_ position: Int, _ size: Int) -> Int { Self.number(bytes, position, size) }

    /// A little-endian number; `position` was found to be within the bytes.
    private static func number(_ bytes: [UInt8], _ position: Int, _ size: Int) -> Int {
        (0..<size).reduce(0) { $0 | Int(bytes[position + $1]) << (8 * $1) }
    }
}

extension ZipArchive.Failure: CustomStringConvertible {
    /// What is wrong with the archive, in a sentence.
    public var description: String {
        switch self {
        case .malformed(let offset): "it is no zip archive, or a damaged one (byte \(offset))"
        case .absent(let name): "it has no file \(name)"
        case .tooLarge(let name, let limit): "its file \(name) has more bytes than the limit of \(limit)"
        case .unsupported(let name): "its file \(name) is encrypted, or packed in a way that is not read"
        case .damaged(let name): "its file \(name) is damaged"
        }
    }
}
