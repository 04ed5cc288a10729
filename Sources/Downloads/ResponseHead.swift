/// What is looked at of a response's head. After redirections it is the last one's.
package struct ResponseHead: Sendable, Hashable {
    /// 0 before there is one.
    package private(set) var status = 0
    package private(set) var contentLength: Int?
    package private(set) var contentRange: ContentRange?
    private var entityTag: String?
    private var lastModified: String?

    /// Nothing read yet.
    package init() {}

    /// What tells this version of the file from others, for If-Range (RFC 9110, section 13.1.5): a strong entity tag, else the
    /// date of the last change.
    package var validator: String? { entityTag ?? lastModified }

    /// The longest validator that is kept, in bytes.
    private static let maximumValidatorLength = 256

    /// Takes a line of it, with or without its end; a status line begins a new one.
    package mutating func add(_ line: String) {
        let line = line.trimmingSuffix { $0.isNewline }
        if line.hasPrefix("HTTP/") {
            self = ResponseHead()
            let status = line.split(separator: " ").dropFirst().first.flatMap { DecimalDigits.number($0) }
            self.status = status.flatMap { (100...999).contains($0) ? $0 : nil } ?? 0
            return
        }
        guard let colon = line.firstIndex(of: ":") else { return }
        let value = line[line.index(after: colon)...].trimmingPrefix { $0 == " " || $0 == "\t" }
            .trimmingSuffix { $0 == " " || $0 == "\t" }
        switch line[..<colon].lowercased() {
        case "content-length": contentLength = DecimalDigits.number(value)
        case "content-range": contentRange = ContentRange(value)
        case "etag": entityTag = Self.isQuoted(value) ? Self.kept(value) : nil
        case "last-modified": lastModified = Self.kept(value)
        default: break
        }
    }

    /// Whether it is a strong entity tag: a weak one begins with `W/`.
    private static func isQuoted(_ text: Substring) -> Bool {
        text.count >= 2 && text.hasPrefix("\"") && text.hasSuffix("\"")
    }

    /// A validator that can be sent back; nil for one that is empty, too long or of other than visible ASCII and spaces.
    private static func kept(_ text: Substring) -> String? {
        let bytes = text.utf8
        guard (1...maximumValidatorLength).contains(bytes.count), bytes.allSatisfy({ (0x20...0x7E).contains($0) })
        else {
            return nil
        }
        return String(text)
    }
}

extension StringProtocol {
    /// Without the characters at its end for which `isLeftOut` is true.
    fileprivate func trimmingSuffix(while isLeftOut: (Character) -> Bool) -> SubSequence {
        var end = endIndex
        while end > startIndex, isLeftOut(self[index(before: end)]) { end = index(before: end) }
        return self[..<end]
    }

    /// Without the characters at its beginning for which `isLeftOut` is true.
    fileprivate func trimmingPrefix(_ isLeftOut: (Character) -> Bool) -> SubSequence { drop(while: isLeftOut) }
}
