import CZlib

/// Arrays that NumPy saved in an `.npz` archive: a zip of `.npy` files, stored or deflated.
///
/// For files that are trusted and well formed; anything else is an error.
public struct NumpyArchive {
    /// What is wrong with an archive.
    public struct Malformed: Error {
        /// Where the reader gave up.
        public let reason: String
    }

    private var members: [String: [UInt8]] = [:]

    /// Opens an archive.
    public init(_ bytes: [UInt8]) throws {
        // The end record, then the directory it points to (APPNOTE.TXT 4.3.16, 4.3.12).
        guard
            let end = stride(from: bytes.count - 22, through: 0, by: -1)
                .first(where: { Self.number(bytes, $0, 4) == 0x0605_4B50 })
        else { throw Malformed(reason: "no end of the directory") }
        var position = Self.number(bytes, end + 16, 4)
        for _ in 0..<Self.number(bytes, end + 10, 2) {
            guard Self.number(bytes, position, 4) == 0x0201_4B50 else { throw Malformed(reason: "no directory entry") }
            let method = Self.number(bytes, position + 10, 2)
            let packedSize = Self.number(bytes, position + 20, 4)
            let size = Self.number(bytes, position + 24, 4)
            let nameLength = Self.number(bytes, position + 28, 2)
            let local = Self.number(bytes, position + 42, 4)
            let name = String(decoding: bytes[position + 46..<position + 46 + nameLength], as: UTF8.self)
            let start = local + 30 + Self.number(bytes, local + 26, 2) + Self.number(bytes, local + 28, 2)
            let packed = Array(bytes[start..<start + packedSize])
            members[name] = method == 0 ? packed : try Self.inflate(packed, size: size)
            position += 46 + nameLength + Self.number(bytes, position + 30, 2) + Self.number(bytes, position + 32, 2)
        }
    }

    /// The elements of a `uint8` array.
    public func bytes(_ name: String) throws -> [UInt8] { try contents(name, type: "|u1") }

    /// The elements of a little-endian `float32` array.
    public func floats(_ name: String) throws -> [Float] {
        let bytes = try contents(name, type: "<f4")
        return bytes.withUnsafeBytes { buffer in
            stride(from: 0, to: buffer.count, by: 4).map { buffer.loadUnaligned(fromByteOffset: $0, as: Float.self) }
        }
    }

    private func contents(_ name: String, type: String) throws -> [UInt8] {
        guard let file = members[name + ".npy"], file.starts(with: [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]) else {
            throw Malformed(reason: "no array \(name)")
        }
        let isLong = file[6] > 1
        let header = isLong ? 12 : 10
        let length = Self.number(file, 8, isLong ? 4 : 2)
        let description = String(decoding: file[header..<header + length], as: UTF8.self)
        guard description.contains("'descr': '\(type)'"), description.contains("'fortran_order': False") else {
            throw Malformed(reason: "\(name) is \(description)")
        }
        return Array(file[(header + length)...])
    }

    private static func number(_ bytes: [UInt8], _ position: Int, _ size: Int) -> Int {
        (0..<size).reduce(0) { $0 | Int(bytes[position + $1]) << (8 * $1) }
    }

    /// Raw deflate data (RFC 1951).
    private static func inflate(_ packed: [UInt8], size: Int) throws -> [UInt8] {
        var packed = packed
        var stream = z_stream()
        guard inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw Malformed(reason: "zlib does not start")
        }
        defer { inflateEnd(&stream) }
        var result = [UInt8](repeating: 0, count: size)
        let status = packed.withUnsafeMutableBufferPointer { input in
            result.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                return CZlib.inflate(&stream, Z_FINISH)
            }
        }
        guard status == Z_STREAM_END else { throw Malformed(reason: "deflated data ends with status \(status)") }
        return result
    }
}
