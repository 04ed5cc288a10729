/// The trace that a request belongs to (W3C Trace Context, level 1, section 3): the caller's, or one that begins here.
package struct TraceContext: Sendable, Hashable {
    /// The trace, 32 hexadecimal digits.
    package let traceID: String
    /// The caller's span, 16 hexadecimal digits; nil where the trace begins here.
    package let parentID: String?
    /// This service's span, 16 hexadecimal digits.
    package let spanID: String
    /// The caller's flags, two hexadecimal digits; bit 0 says that the trace is recorded.
    package let flags: String
    /// What tracing systems on the way have written of the trace (`tracestate`), as it was sent; nil where it was not, or is
    /// malformed.
    package let state: String?

    /// Continues the trace of a request's `traceparent` and `tracestate` lines; nil, and a trace begins anew, unless there is
    /// exactly one valid `traceparent`.
    package init?(sent: [String], state: [String] = [], spanID: @autoclosure () -> String = Self.newSpan()) {
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
        self.state = TraceState.joined(state)
        self.spanID = spanID()
    }

    private init(traceID: String, spanID: String) {
        (self.traceID, self.spanID) = (traceID, spanID)
        (parentID, flags, state) = (nil, "00", nil)
    }

    /// A trace that begins with this service.
    package static func begin() -> TraceContext {
        TraceContext(traceID: RequestIdentifier.generate(), spanID: newSpan())
    }

    /// `traceparent` with this service's span.
    package var field: String { "00-\(traceID)-\(spanID)-\(flags)" }

    package static func newSpan() -> String {
        while true {
            let span = String(RequestIdentifier.generate().prefix(16))
            // A span of zeros is not valid.
            if span.utf8.contains(where: { $0 != UInt8(ascii: "0") }) { return span }
        }
    }
}
