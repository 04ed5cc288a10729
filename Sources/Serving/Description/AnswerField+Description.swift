extension AnswerField {
    /// The fields of every answer.
    static let ofEveryAnswer: [AnswerField] = [.requestID, .cacheControl, .vary, .serverTiming]
    /// The fields of answers to those who ask for them.
    static let ofSomeAnswers: [AnswerField] = [.trace, .traceState]

    /// What it says.
    var text: String {
        switch self {
        case .requestID:
            "The request's identifier: the one that was sent, if it is at most \(RequestIdentifier.maximumLength) letters, "
                + "digits and `-._:/+=@`, else one that was made."
        case .trace: "The trace that the request belongs to, with this service's span (W3C Trace Context)."
        case .traceState: "What tracing systems said of that trace, as it was sent."
        case .cacheControl: "Answers are not to be kept; files of the page may be, and are asked for again each time."
        case .vary: "The request's fields that make a difference."
        case .serverTiming: "Where the time went, in milliseconds (W3C Server Timing)."
        case .contentEncoding: "`gzip`, where the client takes it and the answer is text of a kilobyte or more."
        case .inferenceHeaderLength: "How many bytes of the content are JSON; those of tensors follow."
        case .allow: "The methods that the path takes."
        case .retryAfter: "In how many seconds to ask again."
        case .authenticate: "How to show a key (RFC 6750)."
        case .accept: "The media types that are taken."
        case .acceptEncoding: "The content codings that are taken."
        case .contentSecurityPolicy: "What the page may do, for the browser to hold it to."
        case .contentTypeOptions: "The media type is what it says."
        case .referrerPolicy: "Links of the page do not say where they were followed."
        case .permissionsPolicy: "What of the browser the page may use: the camera."
        case .openerPolicy, .resourcePolicy: "Pages of other origins have no hold of this one."
        case .entityTag: "What to send as If-None-Match, for a 304 if nothing has changed."
        case .allowedOrigin: "The origin whose pages may read the answer (`--cors-origin`)."
        case .exposedFields: "The fields that those pages may read."
        case .allowedMethods: "The methods that those pages may use."
        case .allowedFields: "The fields that those pages may send."
        case .preflightAge: "For how many seconds a browser need not ask again."
        }
    }

    /// Its values.
    var schema: Schema {
        switch self {
        case .retryAfter: .integer(1...Int.max)
        case .preflightAge, .inferenceHeaderLength: .integer(Schema.anyCount)
        case .contentEncoding: .word([ContentCoding.gzip.rawValue])
        case .contentTypeOptions: .word(["nosniff"])
        case .requestID, .trace, .traceState, .cacheControl, .vary, .serverTiming, .allow, .authenticate, .accept,
            .acceptEncoding,
            .contentSecurityPolicy, .referrerPolicy, .permissionsPolicy, .openerPolicy, .resourcePolicy, .entityTag,
            .allowedOrigin, .exposedFields, .allowedMethods, .allowedFields:
            .text()
        }
    }
}
