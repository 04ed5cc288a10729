import CZlib

/// The gzip format (RFC 1952).
package enum Gzip {
    /// What any content may become, in bytes, however small it is.
    package static let unconditionalSize = 64 << 10
    /// Output of one step, in bytes: so much memory is asked for at a time.
    private static let step = 1 << 20

    /// Decompresses one or more members.
    ///
    /// The output is one piece of address space for the largest that it may become, of which only what is written takes
    /// memory: nothing is copied as it grows.
    ///
    /// - Parameters:
    ///   - limit: the most bytes of output.
    ///   - maximumRatio: how many times larger than itself content may become, beyond `unconditionalSize`. Deflate goes to
    ///     1032, which only content made for that reaches; photos stay near 1, JSON below 20.
    ///   - isZlib: whether it is one stream in the zlib format (RFC 1950) instead, which HTTP calls deflate.
    ///   - reserve: asks for the memory of the next bytes before they are written; false ends it.
    package static func decompress(
        _ content: [UInt8], limit: Int, maximumRatio: Int, isZlib: Bool = false, reserve: (Int) -> Bool = { _ in true }
    ) throws(GzipError) -> [UInt8] {
        let (ratioLimit, overflows) = content.count.multipliedReportingOverflow(by: maximumRatio)
        let expansionLimit = overflows ? Int.max : max(unconditionalSize, ratioLimit)
        let bound = min(limit, expansionLimit)
        var stream = z_stream()
        guard (isZlib ? zlib_begin_inflate(&stream) : zlib_begin_gunzip(&stream)) == Z_OK else { throw .malformed }
        defer { inflateEnd(&stream) }
        var failure: GzipError?
        // One byte more than allowed shows that there is more.
        let output = [UInt8](unsafeUninitializedCapacity: bound + 1) { output, count in
            do throws(GzipError) {
                try content.withUnsafeBufferPointer { (input) throws(GzipError) in
                    // zlib does not write to its input, whatever its declaration says; 4 GiB are far above any body.
                    stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                    stream.avail_in = UInt32(clamping: input.count)
                    try inflateAll(&stream, into: output, &count, reserve)
                }
                guard count <= bound else {
                    throw bound == limit ? .tooLarge(limit: limit) : .expandsTooMuch(ratio: maximumRatio)
                }
            } catch {
                failure = error
                count = 0
            }
        }
        if let failure { throw failure }
        return output
    }

    /// Fills `output` until the stream ends or there is no more room.
    private static func inflateAll(
        _ stream: inout z_stream, into output: UnsafeMutableBufferPointer<UInt8>, _ count: inout Int,
        _ reserve: (Int) -> Bool
    ) throws(GzipError) {
        var reserved = 0
        while count < output.count {
            if count == reserved {
                let next = min(step, output.count - reserved)
                guard reserve(next) else { throw .noMemory }
                reserved += next
            }
            stream.next_out = output.baseAddress.map { $0 + count }
            stream.avail_out = UInt32(clamping: reserved - count)
            let status = inflate(&stream, Z_NO_FLUSH)
            count = reserved - Int(stream.avail_out)
            switch status {
            case Z_OK: continue
            case Z_STREAM_END:
                if stream.avail_in == 0 { return }
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
