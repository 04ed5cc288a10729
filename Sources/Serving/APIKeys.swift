import HTTP

/// The keys that open the service.
///
/// Only their SHA-256 digests are kept, and a key that is shown is compared with all of them, whether or not one
/// matches: how long that takes says nothing about the keys.
public struct APIKeys: Sendable {
    /// The most keys: a comparison with all of them takes some microseconds.
    public static let maximumCount = 4096
    /// The largest file that makes sense, in bytes.
    public static let maximumFileBytes = maximumCount * 514

    private var digests: [SHA256Digest] = []

    /// Reads keys: one a line; white space around it, empty lines and lines that begin with `#` count for nothing.
    public init(parsing file: [UInt8]) throws(APIKeysError) {
        for (index, line) in file.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
            var key = line.drop(while: isSpace)
            while let last = key.last, isSpace(last) { key.removeLast() }
            if key.isEmpty || key.first == UInt8(ascii: "#") { continue }
            guard (8...512).contains(key.count), key.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                throw .invalidKey(line: index + 1)
            }
            digests.append(SHA256Digest(of: Array(key)))
            guard digests.count <= Self.maximumCount else { throw .tooMany(limit: Self.maximumCount) }
        }
        guard !digests.isEmpty else { throw .none }
    }

    /// The digest of the key that a request shows, as `Authorization: Bearer` (RFC 6750, section 2.1) or `X-API-Key`.
    ///
    /// - Throws: `ServiceError.unauthorized`.
    func authenticate(_ headers: HeaderFields) throws(ServiceError) -> SHA256Digest {
        var shown: [Substring] = headers.values("X-API-Key").map { $0[...] }
        for value in headers.values("Authorization") {
            let parts = value.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "bearer" else { continue }
            shown.append(parts[1].drop { $0 == " " })
        }
        // A client that tries several keys at once has none.
        guard shown.count <= 2 else { throw .unauthorized(isWrong: true) }
        for key in shown {
            let digest = SHA256Digest(of: Array(key.utf8))
            var matches: UInt64 = 0
            for known in digests { matches |= digest.equality(with: known) }
            if matches != 0 { return digest }
        }
        throw .unauthorized(isWrong: !shown.isEmpty)
    }
}
