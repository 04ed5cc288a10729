/// What a request may cost before it is refused. All in bytes unless the name says otherwise.
public struct ParserLimits: Sendable, Equatable {
    /// The request line with its line terminator; beyond it 414.
    public var requestLine = 8 << 10
    /// The header section: all field lines with their terminators; beyond it 431. Bounds the trailer section too.
    public var headerSection = 16 << 10
    /// The number of header (and of trailer) field lines; beyond it 431.
    public var fieldCount = 100
    /// The content, chunked coding removed; beyond it 413.
    public var body = 20 << 20
    /// One chunk-size line with its extensions and terminator; beyond it 400.
    public var chunkLine = 1 << 10
    /// All chunk extensions of a request together; beyond it 400.
    public var chunkExtensions = 16 << 10
    /// The number of empty lines let through before a request line (RFC 9112, section 2.2).
    public var leadingEmptyLines = 4

    /// The documented defaults.
    public init() {}
}
