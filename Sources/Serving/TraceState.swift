/// The field `tracestate` (W3C Trace Context, level 1, section 3.3): a list of at most 32 members `key=value`, each of a tracing
/// system. This service is none of them and hands the list on as it is.
enum TraceState {
    /// The longest list that is handed on, in bytes: what everybody must be able to.
    static let maximumBytes = 512
    private static let maximumMembers = 32

    /// One list of the lines of a request; nil where there is none, it is too long, or any member is malformed.
    static func joined(_ lines: [String]) -> String? {
        guard !lines.isEmpty, lines.reduce(lines.count - 1, { $0 + $1.utf8.count }) <= maximumBytes else { return nil }
        let text = lines.joined(separator: ",")
        var keys: Set<Substring> = []
        var members = 0
        for member in text.split(separator: ",", omittingEmptySubsequences: false) {
            let member = trimmed(member)
            // Empty members are allowed, and do not count.
            if member.isEmpty { continue }
            members += 1
            guard members <= maximumMembers, let equals = member.firstIndex(of: "="), isKey(member[..<equals]),
                isValue(member[member.index(after: equals)...]), keys.insert(member[..<equals]).inserted
            else { return nil }
        }
        return members > 0 ? text : nil
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while let first = text.utf8.first, first == 0x20 || first == 0x09 { text.removeFirst() }
        while let last = text.utf8.last, last == 0x20 || last == 0x09 { text.removeLast() }
        return text
    }

    /// A letter or, of a tenant, a digit, then letters, digits and `_-*/`; with `@` between tenant and system.
    private static func isKey(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, isLetter(first) || isDigit(first), text.utf8.count <= 256 else {
            return false
        }
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.count == 2 || isLetter(first), let system = parts.last?.utf8.first,
            isLetter(system) || parts.count == 1
        else { return false }
        return parts.allSatisfy { part in
            !part.isEmpty && part.utf8.allSatisfy { isLetter($0) || isDigit($0) || "_-*/".utf8.contains($0) }
        }
    }

    /// Up to 256 printable characters of ASCII, none of them `,` or `=`, the last no blank.
    private static func isValue(_ text: Substring) -> Bool {
        (1...256).contains(text.utf8.count) && text.utf8.last != 0x20
            && text.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != 0x2C && $0 != 0x3D }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
