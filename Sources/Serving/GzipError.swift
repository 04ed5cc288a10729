/// Why content with `Content-Encoding: gzip` was not decompressed.
package enum GzipError: Error, Sendable, Equatable {
    /// It is no gzip file, is damaged, or something follows it.
    case malformed
    /// It ends too early.
    case truncated
    /// It would be larger than `limit` bytes.
    case tooLarge(limit: Int)
    /// It would be larger than `ratio` times its own size.
    case expandsTooMuch(ratio: Int)
    /// There is no memory for what it becomes.
    case noMemory
}
