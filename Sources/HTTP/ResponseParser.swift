/// An incremental, strict parser of one HTTP/1.1 response to a request that has content in its answer (RFC 9112): of any
/// method but HEAD and CONNECT. Any split of the input gives the same response.
///
/// States and transitions:
/// ```
/// statusLine ─▶ fields ─┬─(1xx)──▶ statusLine
///                       ├─▶ content ─────────────────────────────▶ complete
///                       ├─▶ chunkSize ─▶ chunkData ─▶ chunkEnd ─▶ …    ▲ ▲
///                       │       └─(size 0)─▶ trailers ─────────────────┘ │
///                       ├─(no content)───────────────────────────────────┤
///                       └─▶ untilEnd ─(end of the input)─────────────────┘
/// any ─▶ failed, for good
/// ```
/// Invariants: a line is looked at once it is whole and within its limit; the content is never longer than its limit, and
/// grows with what arrives, not with the length announced.
public struct ResponseParser: Sendable {
    private enum State: Sendable {
        case statusLine
        case fields
        case content(remaining: Int)
        case chunkSize
        case chunkData(remaining: Int)
        case chunkEnd
        case trailers
        case untilEnd
        case complete
        case failed(ResponseError)
    }

    /// The most interim responses that are passed over.
    static let maximumInterimResponses = 8

    private let limits: ParserLimits
    private var state = State.statusLine
    /// What has arrived and is not taken yet, from `position` on: the beginning of a line.
    private var pending: [UInt8] = []
    private var position = 0
    private var interimResponses = 0
    private var sectionBytes = 0
    private var extensionBytes = 0
    private var lineCount = 0

    private var status = StatusCode.ok
    private var version = HTTPVersion.http11
    private var headers = HeaderFields()
    private var body: [UInt8] = []

    /// A parser of one response. `limits.requestLine` is the limit of the status line.
    public init(limits: ParserLimits = ParserLimits()) { self.limits = limits }

    /// Whether nothing has arrived.
    public var isUntouched: Bool {
        if case .statusLine = state { return interimResponses == 0 && pending.isEmpty }
        return false
    }

    /// Takes what arrived. Returns the response once it is whole.
    ///
    /// - Throws: what is wrong with it; every later call throws it again.
    public mutating func receive(_ bytes: UnsafeRawBufferPointer) throws(ResponseError) -> ReceivedResponse? {
        do throws(ResponseError) {
            var input = bytes
            while true {
                switch state {
                case .failed(let error): throw error
                case .complete: return finished(hasRest: position < pending.count || !input.isEmpty)
                case .content(let remaining):
                    guard let taken = take(&input, atMost: remaining) else { return nil }
                    state = taken == remaining ? .complete : .content(remaining: remaining - taken)
                case .chunkData(let remaining):
                    guard let taken = take(&input, atMost: remaining) else { return nil }
                    state = taken == remaining ? .chunkEnd : .chunkData(remaining: remaining - taken)
                case .untilEnd:
                    let room = limits.body - body.count
                    guard let taken = take(&input, atMost: room + 1) else { return nil }
                    guard taken <= room else { throw .malformed(.bodyTooLarge(limit: limits.body)) }
                case .statusLine, .fields, .chunkSize, .chunkEnd, .trailers:
                    pending.append(contentsOf: input)
                    input = UnsafeRawBufferPointer(rebasing: input[input.count...])
                    guard let line = try nextLine() else { return nil }
                    try handle(line)
                }
            }
        } catch {
            state = .failed(error)
            throw error
        }
    }

    /// Takes the end of the input, which is the end of a response without a length.
    ///
    /// - Throws: `truncated` where the response is not whole.
    public mutating func endOfInput() throws(ResponseError) -> ReceivedResponse {
        switch state {
        case .untilEnd, .complete: return finished(hasRest: true)
        case .failed(let error): throw error
        default:
            state = .failed(.truncated)
            throw .truncated
        }
    }

    private func finished(hasRest: Bool) -> ReceivedResponse {
        var keepsAlive = version == .http11 && !headers.contains("Connection", token: "close") && !hasRest
        if case .untilEnd = state { keepsAlive = false }
        return ReceivedResponse(status: status, headers: headers, body: body, keepsAlive: keepsAlive)
    }

    /// The next line with its terminator; nil where its end has not come. No line is longer than the largest limit.
    private mutating func nextLine() throws(ResponseError) -> [UInt8]? {
        let (limit, tooLong) = lineLimit
        let room = limit - sectionBytes
        let window = pending[position...].prefix(max(room, 0))
        guard let end = window.firstIndex(of: 0x0A) else {
            guard pending.count - position < room else { throw tooLong }
            return nil
        }
        let line = Array(pending[position...end])
        position = end + 1
        if position == pending.count {
            pending.removeAll(keepingCapacity: true)
            position = 0
        }
        return line
    }

    /// The most bytes of the line, or of the section that it belongs to.
    private var lineLimit: (Int, ResponseError) {
        switch state {
        case .fields, .trailers:
            (limits.headerSection, .malformed(.headerSectionTooLarge(limit: limits.headerSection)))
        case .chunkSize: (limits.chunkLine, .malformed(.chunkLineTooLong(limit: limits.chunkLine)))
        case .chunkEnd: (2, .malformed(.invalidChunk))
        default: (limits.requestLine, .statusLineTooLong(limit: limits.requestLine))
        }
    }

    private mutating func handle(_ line: [UInt8]) throws(ResponseError) {
        guard line.count >= 2, line[line.count - 2] == 0x0D else { throw .malformed(.invalidLineTerminator) }
        if case .statusLine = state { return try statusLine(line.dropLast(2)) }
        do throws(RequestError) {
            try line.withUnsafeBufferPointer { (buffer) throws(RequestError) in
                let line = UnsafeRawBufferPointer(buffer)
                let text = UnsafeRawBufferPointer(rebasing: line[..<(line.count - 2)])
                switch state {
                case .fields:
                    try count(line)
                    guard !text.isEmpty else { return try endHead() }
                    headers.add(try FieldLine(text))
                case .trailers:
                    // Checked and dropped, as those of requests.
                    try count(line)
                    if text.isEmpty { state = .complete } else { _ = try FieldLine(text) }
                case .chunkSize:
                    let chunk = try ChunkLine(text)
                    extensionBytes += chunk.extensionBytes
                    guard extensionBytes <= limits.chunkExtensions else {
                        throw .chunkExtensionsTooLong(limit: limits.chunkExtensions)
                    }
                    guard chunk.size <= limits.body - body.count else { throw .bodyTooLarge(limit: limits.body) }
                    state = chunk.size == 0 ? .trailers : .chunkData(remaining: chunk.size)
                    (sectionBytes, lineCount) = (0, 0)
                case .chunkEnd:
                    guard text.isEmpty else { throw .invalidChunk }
                    state = .chunkSize
                case .statusLine, .content, .chunkData, .untilEnd, .complete, .failed:
                    preconditionFailure("no line is read in this state")
                }
            }
        } catch { throw .malformed(error) }
    }

    private mutating func count(_ line: UnsafeRawBufferPointer) throws(RequestError) {
        sectionBytes += line.count
        lineCount += 1
        guard lineCount <= limits.fieldCount + 1 else { throw .tooManyFields(limit: limits.fieldCount) }
    }

    /// `HTTP-version SP status-code SP [ reason-phrase ]` (RFC 9112, section 4); the second space is often missing where
    /// there is no reason.
    private mutating func statusLine(_ line: ArraySlice<UInt8>) throws(ResponseError) {
        let bytes = Array(line)
        guard bytes.count >= 12, bytes.starts(with: "HTTP/1.".utf8), Grammar.isDigit(bytes[7]), bytes[8] == 0x20,
            bytes[9...11].allSatisfy(Grammar.isDigit), bytes.count == 12 || bytes[12] == 0x20,
            !bytes.contains(where: Grammar.isControl),
            let status = StatusCode(bytes[9...11].reduce(0) { $0 * 10 + Int($1 - 0x30) })
        else { throw .malformedStatusLine }
        // No protocol is switched to that was not asked for.
        guard status.code != 101 else { throw .malformedStatusLine }
        version = bytes[7] == 0x30 ? .http10 : .http11
        self.status = status
        headers = HeaderFields()
        (sectionBytes, lineCount) = (0, 0)
        state = .fields
    }

    /// How the content is delimited (RFC 9112, section 6.3). What two readers could read in two ways is refused.
    private mutating func endHead() throws(RequestError) {
        (sectionBytes, lineCount) = (0, 0)
        if status.code < 200 {
            interimResponses += 1
            state = .statusLine
            guard interimResponses <= Self.maximumInterimResponses else {
                state = .failed(.tooManyInterimResponses(limit: Self.maximumInterimResponses))
                return
            }
            return
        }
        guard status.allowsContent else {
            state = .complete
            return
        }
        let lengths = headers.values("Content-Length")
        guard !headers.contains("Transfer-Encoding") else {
            guard lengths.isEmpty else { throw .contentLengthWithTransferEncoding }
            guard version == .http11 else { throw .transferEncodingInHTTP10 }
            let codings = headers.values("Transfer-Encoding").flatMap { Grammar.listElements($0) }
            guard codings.count == 1, Grammar.areEqual(codings[0], "chunked") else {
                throw .unsupportedTransferCoding(name: codings.first ?? "")
            }
            state = .chunkSize
            return
        }
        guard lengths.count <= 1 else { throw .duplicateContentLength }
        guard let text = lengths.first else {
            state = .untilEnd
            return
        }
        guard (1...19).contains(text.utf8.count), text.utf8.allSatisfy(Grammar.isDigit), let length = Int(text) else {
            throw .invalidContentLength
        }
        guard length <= limits.body else { throw .bodyTooLarge(limit: limits.body) }
        state = length == 0 ? .complete : .content(remaining: length)
    }

    /// Moves content to the body, first what is pending; nil where there is nothing.
    private mutating func take(_ input: inout UnsafeRawBufferPointer, atMost count: Int) -> Int? {
        if position < pending.count {
            let part = pending[position...].prefix(count)
            body.append(contentsOf: part)
            position += part.count
            if position == pending.count {
                pending.removeAll(keepingCapacity: true)
                position = 0
            }
            return part.count
        }
        guard !input.isEmpty else { return nil }
        let taken = min(count, input.count)
        body.append(contentsOf: input[..<taken])
        input = UnsafeRawBufferPointer(rebasing: input[taken...])
        return taken
    }
}
