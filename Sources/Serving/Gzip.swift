import CZlib

/// The gzip format (RFC 1952).
package enum Gzip {
    /// How many times larger than itself content may become. Deflate goes to 1032, which only content made for that
    /// reaches; photos stay near 1, JSON below 20.
    package static let maximumRatio = 200
    /// What any content may become, in bytes, however small it is.
    package static let unconditionalSize = 64 << 10
    /// Output of one step, in bytes.
    private static let step = 64 << 10

    /// Decompresses one or more members; at most `limit` bytes.
    package static func decompress(_ content: [UInt8], limit: Int) throws(GzipError) -> [UInt8] {
        let (ratioLimit, overflows) = content.count.multipliedReportingOverflow(by: maximumRatio)
        let limit = overflows ? limit : min(limit, max(unconditionalSize, ratioLimit))
        var stream = z_stream()
        guard zlib_begin_gunzip(&stream) == Z_OK else { throw .malformed }
        defer { inflateEnd(&stream) }
        return try content.withUnsafeBufferPointer { (input) throws(GzipError) in
            // zlib does not write to its input, whatever its declaration says; 4 GiB are far above any body.
            stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            stream.avail_in = UInt32(clamping: input.count)
            return try inflateAll(&stream, limit: limit)
        }
    }

    private static func inflateAll(_ stream: inout z_stream, limit: Int) throws(GzipError) -> [UInt8] {
        var output: [UInt8] = []
        var room = [UInt8](repeating: 0, count: step)
        while true {
            let (status, count) = room.withUnsafeMutableBufferPointer { room in
                stream.next_out = room.baseAddress
                stream.avail_out = UInt32(room.count)
                return (inflate(&stream, Z_NO_FLUSH), room.count - Int(stream.avail_out))
            }
            guard output.count + count <= limit else { throw .tooLarge(limit: limit) }
            output += room[..<count]
            switch status {
            case Z_OK: continue
            case Z_STREAM_END:
                if stream.avail_in == 0 { return output }
                // Another member; anything else has no header and fails (RFC 1952, section 2.2).
                guard inflateReset(&stream) == Z_OK else { throw .malformed }
            // No progress is possible: the input is used up.
            case Z_BUF_ERROR: throw .truncated
            default: throw .malformed
            }
        }
    }

    /// Compresses; nil if that makes it no smaller.
    ///
    /// - Parameter level: 1, the fastest, to 9.
    package static func compress(_ content: [UInt8], level: Int32) -> [UInt8]? {
        var stream = z_stream()
        guard zlib_begin_gzip(&stream, level) == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        let output = [UInt8](unsafeUninitializedCapacity: content.count) { output, count in
            let isComplete = content.withUnsafeBufferPointer { input in
                stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.avail_in = UInt32(clamping: input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(clamping: input.count)
                return deflate(&stream, Z_FINISH) == Z_STREAM_END
            }
            count = isComplete ? content.count - Int(stream.avail_out) : 0
        }
        return output.isEmpty || output.count >= content.count ? nil : output
    }
}
