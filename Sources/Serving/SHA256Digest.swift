import COpenSSL

/// A SHA-256 digest.
struct SHA256Digest: Sendable, Hashable {
    private let words: SIMD4<UInt64>

    init(of bytes: [UInt8]) {
        var words = SIMD4<UInt64>()
        withUnsafeMutableBytes(of: &words) { digest in
            _ = SHA256(bytes, bytes.count, digest.baseAddress?.assumingMemoryBound(to: UInt8.self))
        }
        self.words = words
    }

    /// 1 if both are equal, otherwise 0, by the same steps in either case.
    func equality(with other: SHA256Digest) -> UInt64 {
        let difference = words ^ other.words
        let any = difference[0] | difference[1] | difference[2] | difference[3]
        return ~(any | (0 &- any)) >> 63
    }
}
