import COpenSSL

/// A SHA-256 digest (FIPS 180-4).
package struct SHA256Digest: Sendable, Hashable {
    private let words: SIMD4<UInt64>

    /// The digest of `bytes`.
    package init(of bytes: [UInt8]) {
        var words = SIMD4<UInt64>()
        withUnsafeMutableBytes(of: &words) { digest in
            _ = SHA256(bytes, bytes.count, digest.baseAddress?.assumingMemoryBound(to: UInt8.self))
        }
        self.words = words
    }

    /// The digest of all bytes of the regular file at `path`, of which a piece at a time is in memory.
    package init(ofFileAt path: String) throws(FileError) {
        func failed(_ number: CInt) -> FileError { .unreadable(path: path, reason: InputFile.reason(number)) }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
        guard descriptor >= 0 else { throw failed(errno) }
        defer { close(descriptor) }
        guard let context = EVP_MD_CTX_new() else { throw failed(ENOMEM) }
        defer { EVP_MD_CTX_free(context) }
        var isDone = EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1
        var piece = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = read(descriptor, &piece, piece.count)
            if count == 0 { break }
            if count > 0 {
                isDone = EVP_DigestUpdate(context, piece, count) == 1 && isDone
            } else if errno != EINTR {
                throw failed(errno)
            }
        }
        var words = SIMD4<UInt64>()
        withUnsafeMutableBytes(of: &words) { digest in
            isDone =
                EVP_DigestFinal_ex(context, digest.baseAddress?.assumingMemoryBound(to: UInt8.self), nil) == 1
                && isDone
        }
        // A library without SHA-256 has none for the other initializer either.
        guard isDone else { throw failed(ENOSYS) }
        self.words = words
    }

    /// Its 64 lowercase hexadecimal digits.
    package var hexadecimal: String {
        let digits = Array("0123456789abcdef")
        return withUnsafeBytes(of: words) { bytes in
            String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
        }
    }

    /// Its 44 characters of base64 (RFC 4648, section 4).
    package var base64: String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        return withUnsafeBytes(of: words) { bytes in
            var text = ""
            // 32 bytes are ten groups of three and two left over.
            for start in stride(from: 0, to: bytes.count, by: 3) {
                let group = (0..<3).map { start + $0 < bytes.count ? UInt32(bytes[start + $0]) : 0 }
                let bits = group[0] << 16 | group[1] << 8 | group[2]
                for index in 0..<4 { text.append(alphabet[Int(bits >> UInt32(18 - 6 * index) & 63)]) }
            }
            return String(text.dropLast()) + "="
        }
    }

    /// 1 if both are equal, otherwise 0, by the same steps in either case.
    package func equality(with other: SHA256Digest) -> UInt64 {
        let difference = words ^ other.words
        let any = difference[0] | difference[1] | difference[2] | difference[3]
        return ~(any | (0 &- any)) >> 63
    }
}
