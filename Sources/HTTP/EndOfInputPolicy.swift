/// What the end of the client's side means while requests are unanswered. TCP does not tell a client that has only finished
/// sending from one that has gone: both send FIN.
public enum EndOfInputPolicy: String, Sendable, Equatable, CaseIterable {
    /// The client waits for what it has asked: answer, then close (RFC 9112, section 9.6).
    case answer
    /// The client has gone, as a cancelled request looks: cancel what was delivered, then close. Right behind a proxy, which
    /// keeps its side open while it waits.
    case abandon
}
