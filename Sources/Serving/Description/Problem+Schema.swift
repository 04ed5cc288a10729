extension Problem {
    private static let members = [
        Schema.Member("type", .named(.problemType), "What kind of problem it is."),
        Schema.Member("title", .text(), "The same in words."),
        Schema.Member("status", .integer(400...599), "The status of the answer."),
        Schema.Member("detail", .text(), "What is the matter with this request, in a sentence, with numbers."),
    ]

    /// A problem that is an answer. One of a connection, not of a request, has no identifiers.
    static let schema = Schema.object(
        members + [
            Schema.Member("request_id", .text(), "The request's identifier.", isRequired: false),
            Schema.Member(
                "trace_id", .text(), "The trace that the request belongs to: that of `traceparent`, or a new one.",
                isRequired: false),
        ])

    /// A problem of a photo among several.
    static let schemaInList = Schema.object(members)
}

extension ProblemType {
    /// The types of problems that are sent.
    static let sent = allCases.filter { $0 != .clientClosedRequest }

    static let schema = Schema.meaning(
        sent.map { Schema.Meaning(value: $0.urn, title: $0.title, text: $0.meaning) })
}
