/// A whole response that came from a server.
public struct ReceivedResponse: Sendable, Equatable {
    /// Its final status; interim ones (1xx) are passed over.
    public let status: StatusCode
    /// Its header fields.
    public let headers: HeaderFields
    /// Its content, chunked coding removed.
    public let body: [UInt8]
    /// Whether the connection can carry another request.
    public let keepsAlive: Bool
}
