/// What a multipart body may cost. Its size is bounded by the request's limit already.
public struct MultipartLimits: Sendable, Equatable {
    /// The number of parts.
    public var parts = 128
    /// The bytes of one part's header section.
    public var headerBytes = 8 << 10
    /// The header fields of one part.
    public var headerFields = 16

    /// The documented defaults.
    public init() {}
}
