import Platform
import HTTP

/// The keys that open the service.
///
/// Only their SHA-256 digests are kept, and a key that is shown is compared with all of them, whether or not one
/// matches: how long that takes says nothing about the keys.
public struct APIKeys: Sendable {
    /// The most keys: a comparison with all of them takes some microseconds.
    public static let maximumCount = 4096
    /// The most names: each is a series of metrics.
    public static let maximumNames = 256
    /// The longest name, in bytes.
    static let maximumNameLength = 64
    /// The largest file that makes sense, in bytes.
    public static let maximumFileBytes = maximumCount * (maximumNameLength + 515)

    private var digests: [SHA256Digest] = []
    private var nameOf: [SHA256Digest: String] = [:]
    /// The names, in the order of the file.
    public private(set) var names: [String] = []
    /// The number of keys.
    public var count: Int { digests.count }

    /// Reads keys: one a line, as `key` or `name:key`; white space around it, empty lines and lines that begin with `#`
    /// count for nothing. The first colon of a line ends the name; a key that holds a colon and has no name is written
    /// with a colon in front.
    ///
    /// A name is 1 to 64 letters, digits and `-._`, and no other key's; `other` is what keys without name are counted as.
    public init(parsing file: [UInt8]) throws(APIKeysError) {
        var lineOf: [SHA256Digest: Int] = [:]
        var lineOfName: [String: Int] = [:]
        for (index, line) in file.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            let line = Self.trimmed(line)
            if line.isEmpty || line.first == UInt8(ascii: "#") { continue }
            let number = index + 1
            let (name, key) = try Self.split(line, number)
            guard (8...512).contains(key.count), key.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                throw .invalidKey(line: number)
            }
            let digest = SHA256Digest(of: Array(key))
            if let first = lineOf[digest], name != nil || nameOf[digest] != nil {
                throw .duplicateKey(line: number, first: first)
            }
            lineOf[digest] = lineOf[digest] ?? number
            if let name {
                if let first = lineOfName.updateValue(number, forKey: name) {
                    throw .duplicateName(line: number, first: first)
                }
                nameOf[digest] = name
                names.append(name)
                guard names.count <= Self.maximumNames else { throw .tooManyNames(limit: Self.maximumNames) }
            }
            digests.append(digest)
            guard digests.count <= Self.maximumCount else { throw .tooMany(limit: Self.maximumCount) }
        }
        guard !digests.isEmpty else { throw .none }
    }

    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
        var line = line.drop(while: isSpace)
        while let last = line.last, isSpace(last) { line.removeLast() }
        return line
    }

    private static func split(
        _ line: ArraySlice<UInt8>, _ number: Int
    ) throws(APIKeysError) -> (name: String?, key: ArraySlice<UInt8>) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return (nil, line) }
        let key = line[(colon + 1)...]
        if colon == line.startIndex { return (nil, key) }
        let name = line[..<colon]
        let isName = name.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        let text = String(decoding: name, as: UTF8.self)
        guard isName, name.count <= maximumNameLength, text != KeyCounters.unnamed else {
            throw .invalidName(line: number)
        }
        return (text, key)
    }

    /// The field in which a request shows one, beside `Authorization`.
    static let field = "X-API-Key"
    /// The field in which clients of DOODS show one.
    static let doodsField = "doods-auth-key"

    /// The keys that a request shows, as `Authorization: Bearer` (RFC 6750, section 2.1), `X-API-Key` or
    /// `doods-auth-key`; nil where it shows
    /// more than two.
    static func shown(in headers: HeaderFields) -> [SHA256Digest]? {
        var shown: [Substring] = (headers.values(field) + headers.values(doodsField)).map { $0[...] }
        for value in headers.values("Authorization") {
            let parts = value.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "bearer" else { continue }
            shown.append(parts[1].drop { $0 == " " })
        }
        return shown.count <= 2 ? shown.map { SHA256Digest(of: Array($0.utf8)) } : nil
    }

    /// The first of the keys shown that is one of these. The time of a miss, and that of a hit, is the same for all keys.
    func match(_ shown: [SHA256Digest]) -> AcceptedKey? {
        for digest in shown {
            var matches: UInt64 = 0
            for known in digests { matches |= digest.equality(with: known) }
            if matches != 0 { return AcceptedKey(digest: digest, name: nameOf[digest]) }
        }
        return nil
    }
}
