/// What the server says to a request whose head is complete and whose content has not been read.
public enum HeadDecision: Sendable {
    /// Read the content (at most `bodyLimit` bytes where it is less than the connection's limit), then deliver the request
    /// with what it was accepted as.
    case accept(bodyLimit: Int? = nil, as: (any Acceptance)? = nil)
    /// Answer at once, from the head alone: a refusal, or what needs no content. Where the request has content, it is not
    /// read and the connection ends with the answer.
    case answer(Response)
}
