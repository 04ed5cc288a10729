import JSON

/// What a service says of why it refuses a request (RFC 9457, section 3.1.4).
enum ProblemDetail {
    /// The `detail` of a problem, or its `title`; nil where the text is none.
    static func text(_ body: [UInt8]) -> String? {
        guard case .object(let members)? = try? JSONReader.parse(body[...]) else { return nil }
        for name in ["detail", "title"] {
            if let text = members.first(where: { $0.name == name })?.value.text, !text.isEmpty { return text }
        }
        return nil
    }
}
