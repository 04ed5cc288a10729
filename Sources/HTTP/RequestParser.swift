/// An incremental, strict parser of HTTP/1.1 requests (RFC 9112). Any split of the input gives the same outputs.
///
/// States and transitions:
/// ```
/// requestLine ─▶ fields ─▶ decision ─▶ content ───────────────────────────▶ complete ─▶ requestLine
///                             │                                                 ▲
///                             ├─▶ chunkSize ─▶ chunkData ─▶ chunkEnd ─▶ …       │
///                             │       └─(size 0)─▶ trailers ────────────────────┤
///                             └─(no content)────────────────────────────────────┘
/// any ─▶ failed, for good
/// ```
/// Invariants: a line is looked at once it is whole and within its limit, so that memory is bounded by the limits and an error
/// does not depend on the split; a line that is whole in the input is parsed in place, only a torn one is copied; the content
/// buffer grows with the bytes received, never with the length announced.
public struct RequestParser: Sendable {
    /// What ``parse(_:)`` came to.
    public enum Output: Sendable, Equatable {
        /// All input was taken and more is needed.
        case needsInput
        /// A head is complete. Call ``acceptBody(limit:)`` before parsing on.
        case head(RequestHead)
        /// The content of the accepted request is complete. The next request may follow.
        case body([UInt8])
    }

    private enum State: Sendable {
        case requestLine
        case fields
        case decision(RequestHead)
        case content(remaining: Int)
        case chunkSize
        case chunkData(remaining: Int)
        case chunkEnd
        case trailers
        case complete
        case failed(RequestError)
    }

    private let limits: ParserLimits
    private var state = State.requestLine
    /// The start of a line whose end has not arrived.
    private var torn: [UInt8] = []
    private var builder = RequestHeadBuilder()
    private var emptyLines = 0
    /// Bytes of whole lines in the current header or trailer section.
    private var sectionBytes = 0
    private var trailerCount = 0
    private var extensionBytes = 0
    private var body: [UInt8] = []
    private var bodyLimit = 0

    /// A parser at the start of a connection.
    public init(limits: ParserLimits = ParserLimits()) { self.limits = limits }

    /// Whether nothing of a request has arrived since the last one.
    public var isBetweenRequests: Bool {
        if case .requestLine = state { return torn.isEmpty }
        return false
    }

    /// Whether what comes next is made of lines, which cost by their number, rather than of content, which is copied.
    var readsLines: Bool {
        switch state {
        case .requestLine, .fields, .trailers, .chunkSize, .chunkData, .chunkEnd: true
        case .decision, .content, .complete, .failed: false
        }
    }

    /// Whether the head of a request has started and not ended.
    public var isInHead: Bool {
        switch state {
        case .requestLine: !torn.isEmpty
        case .fields: true
        default: false
        }
    }

    /// The bytes of content received of the current request.
    public var receivedBodyBytes: Int { body.count }

    /// Lets go of that content, when it is certain that nothing more is parsed.
    mutating func dropContent() { body = [] }

    /// The bytes allocated for that content.
    package var bodyCapacity: Int { body.capacity }

    /// The method of the current request, once its request line is complete.
    public var method: Method? { builder.method }

    /// What a head that is not complete says so far.
    func outline(remoteAddress: String?) -> RequestOutline {
        RequestOutline(
            method: builder.method, path: builder.path, unreadPath: builder.unreadPath, remoteAddress: remoteAddress)
    }

    /// Parses `input` up to the next output and moves its start behind what was taken.
    ///
    /// - Throws: the error that ends the connection; every later call throws it again.
    public mutating func parse(_ input: inout UnsafeRawBufferPointer) throws(RequestError) -> Output {
        do {
            return try advance(&input)
        } catch {
            state = .failed(error)
            throw error
        }
    }

    /// Lets the content of the request just announced be read, at most `limit` bytes of it where that is less than the
    /// parser's own limit.
    ///
    /// - Throws: `RequestError.bodyTooLarge` where `Content-Length` says it is more.
    public mutating func acceptBody(limit: Int? = nil) throws(RequestError) {
        guard case .decision(let head) = state else { preconditionFailure("no head awaits a decision") }
        bodyLimit = min(limit ?? limits.body, limits.body)
        switch head.framing {
        case .none: state = .complete
        case .chunked: state = .chunkSize
        case .length(let length) where length <= bodyLimit: state = .content(remaining: length)
        case .length:
            state = .failed(.bodyTooLarge(limit: bodyLimit))
            throw .bodyTooLarge(limit: bodyLimit)
        }
    }

    /// Moves on from a request without content that is not to be delivered.
    mutating func skipEmptyBody() {
        guard case .decision(let head) = state, head.framing == .none else {
            preconditionFailure("a request without content awaits its decision")
        }
        reset()
    }

    private mutating func advance(_ input: inout UnsafeRawBufferPointer) throws(RequestError) -> Output {
        while true {
            switch state {
            case .requestLine:
                // Refuses what is no HTTP at all (a TLS handshake) without waiting for a line end.
                if torn.isEmpty, let first = input.first, !ByteSet.token.contains(first), first != 0x0D, first != 0x0A {
                    throw .malformedRequestLine
                }
                let limit = limits.requestLine
                guard try takeLine(&input, limit, .requestLineTooLong(limit: limit)) else { return .needsInput }
            case .fields, .trailers:
                let error = RequestError.headerSectionTooLarge(limit: limits.headerSection)
                guard try takeLine(&input, limits.headerSection - sectionBytes, error) else { return .needsInput }
                if case .decision(let head) = state { return .head(head) }
            case .decision:
                preconditionFailure("a head awaits its decision")
            case .content(let remaining):
                guard !input.isEmpty else { return .needsInput }
                let taken = take(&input, atMost: remaining, possible: remaining)
                state = taken == remaining ? .complete : .content(remaining: remaining - taken)
            case .chunkSize:
                let limit = limits.chunkLine
                guard try takeLine(&input, limit, .chunkLineTooLong(limit: limit)) else { return .needsInput }
            case .chunkData(let remaining):
                guard !input.isEmpty else { return .needsInput }
                let taken = take(&input, atMost: remaining, possible: bodyLimit - body.count)
                state = taken == remaining ? .chunkEnd : .chunkData(remaining: remaining - taken)
            case .chunkEnd:
                guard try takeLine(&input, 2, .invalidChunk) else { return .needsInput }
            case .complete:
                let content = body
                reset()
                return .body(content)
            case .failed(let error):
                throw error
            }
        }
    }

    /// Takes a line of at most `limit` bytes with its terminator and has it handled; false where its end has not come.
    private mutating func takeLine(
        _ input: inout UnsafeRawBufferPointer, _ limit: Int, _ tooLong: RequestError
    ) throws(RequestError) -> Bool {
        let room = limit - torn.count
        let window = UnsafeRawBufferPointer(rebasing: input.prefix(max(room, 0)))
        guard let end = ByteScan.firstIndex(of: 0x0A, in: window) else {
            guard input.count < room else { throw tooLong }
            torn.append(contentsOf: input)
            input = UnsafeRawBufferPointer(rebasing: input[input.count...])
            return false
        }
        let rest = UnsafeRawBufferPointer(rebasing: input[(end + 1)...])
        if torn.isEmpty {
            try handle(line: UnsafeRawBufferPointer(rebasing: input[...end]))
        } else {
            torn.append(contentsOf: input[...end])
            let whole = torn
            torn = []
            try whole.withUnsafeBufferPointer { (buffer) throws(RequestError) in
                try handle(line: UnsafeRawBufferPointer(buffer))
            }
        }
        input = rest
        return true
    }

    /// Handles a whole line, terminator included, and moves to the next state.
    private mutating func handle(line: UnsafeRawBufferPointer) throws(RequestError) {
        guard line.count >= 2, line[line.count - 2] == 0x0D else { throw .invalidLineTerminator }
        let text = UnsafeRawBufferPointer(rebasing: line[..<(line.count - 2)])
        switch state {
        case .requestLine:
            guard !text.isEmpty else {
                emptyLines += 1
                guard emptyLines <= limits.leadingEmptyLines else {
                    throw .tooManyEmptyLines(limit: limits.leadingEmptyLines)
                }
                return
            }
            try builder.requestLine(text)
            state = .fields
        case .fields:
            sectionBytes += line.count
            guard !text.isEmpty else {
                state = .decision(try builder.finish(limits: limits))
                return
            }
            guard builder.fieldCount < limits.fieldCount else { throw .tooManyFields(limit: limits.fieldCount) }
            try builder.field(text)
        case .chunkSize:
            let chunk = try ChunkLine(text)
            extensionBytes += chunk.extensionBytes
            guard extensionBytes <= limits.chunkExtensions else {
                throw .chunkExtensionsTooLong(limit: limits.chunkExtensions)
            }
            guard chunk.size <= bodyLimit - body.count else { throw .bodyTooLarge(limit: bodyLimit) }
            sectionBytes = 0
            state = chunk.size == 0 ? .trailers : .chunkData(remaining: chunk.size)
        case .chunkEnd:
            guard text.isEmpty else { throw .invalidChunk }
            state = .chunkSize
        case .trailers:
            // Trailers are checked and dropped: nothing here has a use for one, and merging them into the header section is
            // a known hole (RFC 9110, section 6.5.1).
            sectionBytes += line.count
            guard !text.isEmpty else {
                state = .complete
                return
            }
            trailerCount += 1
            guard trailerCount <= limits.fieldCount else { throw .tooManyFields(limit: limits.fieldCount) }
            _ = try FieldLine(text)
        case .decision, .content, .chunkData, .complete, .failed:
            preconditionFailure("no line is read in this state")
        }
    }

    /// Moves content from the input to the body. The buffer doubles as bytes arrive, yet never beyond what is still
    /// `possible`: the rest of a length, or of the limit. It does not grow by single chunks, which may be of one byte each:
    /// to move all that has come for each of them would take time in the square of the content.
    private mutating func take(_ input: inout UnsafeRawBufferPointer, atMost count: Int, possible: Int) -> Int {
        let taken = min(count, input.count)
        let needed = body.count + taken
        if needed > body.capacity {
            body.reserveCapacity(max(needed, min(2 * needed, body.count + possible)))
        }
        body.append(contentsOf: input[..<taken])
        input = UnsafeRawBufferPointer(rebasing: input[taken...])
        return taken
    }

    private mutating func reset() {
        state = .requestLine
        builder = RequestHeadBuilder()
        emptyLines = 0
        sectionBytes = 0
        trailerCount = 0
        extensionBytes = 0
        body = []
    }
}
