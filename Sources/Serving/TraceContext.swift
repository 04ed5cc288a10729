/// The trace that a request belongs to (W3C Trace Context, level 1, section 3.2).
package struct TraceContext: Sendable, Hashable {
    /// The trace, 32 hexadecimal digits.
    package let traceID: String
    /// The caller's span, 16 hexadecimal digits.
    package let parentID: String
    /// This service's span, 16 hexadecimal digits.
    package let spanID: String
    /// The caller's flags, two hexadecimal digits; bit 0 says that the trace is recorded.
    package let flags: String

    /// Continues the trace of a request's `traceparent` lines; nil, and the trace begins anew elsewhere, unless there is
    /// exactly one valid line.
    package init?(sent: [String], spanID: @autoclosure () -> String = Self.newSpan()) {
        guard sent.count == 1 else { return nil }
        let fields = sent[0].split(separator: "-", omittingEmptySubsequences: false)
        guard fields.count >= 4, fields[0].utf8.count == 2, fields[1].utf8.count == 32, fields[2].utf8.count == 16,
            fields[3].utf8.count == 2, fields[..<4].allSatisfy({ Hexadecimal.isLowercase($0) }), fields[0] != "ff",
            // Version 00 ends with the flags; a later one may go on.
            fields[0] != "00" || fields.count == 4,
            fields[1].contains(where: { $0 != "0" }), fields[2].contains(where: { $0 != "0" })
        else { return nil }
        traceID = String(fields[1])
        parentID = String(fields[2])
        flags = String(fields[3])
        self.spanID = spanID()
    }

    /// `traceparent` with this service's span.
    package var field: String { "00-\(traceID)-\(spanID)-\(flags)" }

    package static func newSpan() -> String {
        // A span of zeros is not valid.
        Hexadecimal.text(.random(in: 1 ... .max))
    }
}
