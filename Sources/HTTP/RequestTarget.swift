/// A request target (RFC 9112, section 3.2), split and decoded once.
public struct RequestTarget: Sendable, Equatable {
    /// The forms that a server of resources answers; the authority form belongs to `CONNECT`, which is refused.
    public enum Form: Sendable, Equatable {
        /// `/path?query`.
        case origin
        /// `http://host/path?query`.
        case absolute
        /// `*`, with `OPTIONS` alone.
        case asterisk
    }

    /// The form.
    public let form: Form
    /// The target as it was sent.
    public let raw: String
    /// The host and port of the absolute form; they replace `Host`.
    public let authority: String?
    /// The path as it was sent: starts with `/`, or is `*`.
    public let rawPath: String
    /// The percent-decoded path. An encoded `/` is decoded too, so routes are matched on ``rawPath``.
    public let path: String
    /// The query as it was sent, without `?`; `nil` where there is no `?`.
    public let rawQuery: String?
    /// The decoded items of the query.
    public let query: QueryItems

    /// Parses the target of a request line.
    init(parsing bytes: UnsafeRawBufferPointer, method: Method) throws(RequestError) {
        guard method != .connect else { throw .connectNotSupported }
        guard let first = bytes.first else { throw .invalidTarget }
        for byte in bytes where !ByteSet.target.contains(byte) { throw .invalidTarget }
        raw = String(decoding: bytes, as: UTF8.self)
        if first == UInt8(ascii: "/") {
            form = .origin
            authority = nil
            (rawPath, path, rawQuery, query) = try RequestTarget.split(bytes, raw: raw)
        } else if bytes.count == 1, first == UInt8(ascii: "*") {
            guard method == .options else { throw .invalidTarget }
            form = .asterisk
            authority = nil
            (rawPath, path, rawQuery, query) = (raw, raw, nil, QueryItems())
        } else {
            form = .absolute
            let afterScheme = try RequestTarget.schemeEnd(bytes)
            let end = bytes[afterScheme...].firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }
            let host = UnsafeRawBufferPointer(rebasing: bytes[afterScheme..<(end ?? bytes.count)])
            guard !host.isEmpty, Authority.isValid(host) else { throw .invalidTarget }
            authority = String(decoding: host, as: UTF8.self)
            let rest = UnsafeRawBufferPointer(rebasing: bytes[(end ?? bytes.count)...])
            let (rawPath, path, rawQuery, query) = try RequestTarget.split(rest, raw: nil)
            // An empty path stands for `/`, or for `*` with OPTIONS (RFC 9112, section 3.2.4).
            let empty = method == .options && rawQuery == nil ? "*" : "/"
            self.rawPath = rawPath.isEmpty ? empty : rawPath
            self.path = rawPath.isEmpty ? empty : path
            self.rawQuery = rawQuery
            self.query = query
        }
    }

    /// The index behind `http://` or `https://`.
    private static func schemeEnd(_ bytes: UnsafeRawBufferPointer) throws(RequestError) -> Int {
        for scheme in ["http://", "https://"] as [StaticString] {
            let count = scheme.utf8CodeUnitCount
            if bytes.count >= count, Grammar.isNamed(UnsafeRawBufferPointer(rebasing: bytes[..<count]), scheme) {
                return count
            }
        }
        throw .invalidTarget
    }

    /// Path and query; `raw` is given where it is the string of `bytes`, so that the common target is one string.
    private static func split(
        _ bytes: UnsafeRawBufferPointer, raw: String?
    ) throws(RequestError) -> (rawPath: String, path: String, rawQuery: String?, query: QueryItems) {
        let mark = ByteScan.firstIndex(of: UInt8(ascii: "?"), in: bytes)
        let pathBytes = UnsafeRawBufferPointer(rebasing: bytes[..<(mark ?? bytes.count)])
        let rawPath =
            mark == nil ? raw ?? String(decoding: pathBytes, as: UTF8.self) : String(decoding: pathBytes, as: UTF8.self)
        let isPlain = ByteScan.firstIndex(of: UInt8(ascii: "%"), in: pathBytes) == nil
        let path = isPlain ? rawPath : try PercentDecoding.decode(pathBytes, plusIsSpace: false)
        guard let mark else { return (rawPath, path, nil, QueryItems()) }
        let queryBytes = UnsafeRawBufferPointer(rebasing: bytes[(mark + 1)...])
        return (rawPath, path, String(decoding: queryBytes, as: UTF8.self), try QueryItems(parsing: queryBytes))
    }
}
