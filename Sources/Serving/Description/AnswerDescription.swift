import HTTP

/// An answer of a route, described.
struct AnswerDescription: Sendable {
    /// Its content in one media type.
    struct Content: Sendable {
        let mediaType: String
        let schema: Schema
    }

    let status: StatusCode
    /// When it is given.
    let text: String
    /// Its content in each media type that it can be had as; none where it has no content.
    let contents: [Content]
    /// Its fields, beside those of every answer.
    var fields: [AnswerField] = []
    /// Fields that some such answers have.
    var optionalFields: [AnswerField] = []
    /// Whether it may be compressed.
    var isCompressible = false
}
