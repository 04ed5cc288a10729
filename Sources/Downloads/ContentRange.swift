/// Which bytes of a file a response holds: the field Content-Range (RFC 9110, section 14.4).
package struct ContentRange: Sendable, Hashable {
    /// The first and the last byte; nil of a range that could not be given.
    package let bytes: ClosedRange<Int>?
    /// The bytes of the whole file; nil where that is not known.
    package let total: Int?

    package init(bytes: ClosedRange<Int>?, total: Int?) {
        self.bytes = bytes
        self.total = total
    }

    /// Reads `bytes 5-9/10`, `bytes 5-9/*` or `bytes */10`.
    package init?(_ text: some StringProtocol) {
        guard text.lowercased().hasPrefix("bytes ") else { return nil }
        let parts = text.dropFirst(6).split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let total = parts[1] == "*" ? nil : DecimalDigits.number(parts[1])
        guard parts[1] == "*" || total != nil else { return nil }
        if parts[0] == "*" {
            self.init(bytes: nil, total: total)
            return
        }
        let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let first = DecimalDigits.number(ends[0]), let last = DecimalDigits.number(ends[1]),
            first <= last, total.map({ last < $0 }) ?? true
        else { return nil }
        self.init(bytes: first...last, total: total)
    }
}
