/// Gathers a request head line by line and checks what decides its framing as soon as it is seen.
struct RequestHeadBuilder: Sendable {
    /// The method, once the request line is complete.
    private(set) var method: Method?
    private var target: RequestTarget?
    private var version = HTTPVersion.http11
    private var headers = HeaderFields()
    private var hasHost = false
    private var contentLength: Int?
    private var transferCodings: [String] = []
    private var expectsContinue = false
    private var saysClose = false
    private var saysKeepAlive = false

    var fieldCount: Int { headers.count }

    /// The decoded path, from the valid request line on until the head is finished.
    var path: String? { target?.path }
    /// What was sent for a path in a target that is not valid.
    private(set) var unreadPath: String?

    /// `method SP request-target SP HTTP-version` (RFC 9112, section 3). Lenient parsing of white space is a source of
    /// smuggling, so none is done.
    mutating func requestLine(_ line: UnsafeRawBufferPointer) throws(RequestError) {
        let space = UInt8(ascii: " ")
        guard let first = ByteScan.firstIndex(of: space, in: line),
            let second = ByteScan.firstIndex(of: space, in: line, from: first + 1)
        else { throw .malformedRequestLine }
        let name = UnsafeRawBufferPointer(rebasing: line[..<first])
        guard Grammar.isToken(name) else { throw .malformedRequestLine }
        let method = Method(token: name)
        self.method = method
        let targetBytes = UnsafeRawBufferPointer(rebasing: line[(first + 1)..<second])
        version = try RequestHeadBuilder.version(UnsafeRawBufferPointer(rebasing: line[(second + 1)...]), method)
        do throws(RequestError) { target = try RequestTarget(parsing: targetBytes, method: method) } catch {
            unreadPath = String(decoding: targetBytes.prefix { $0 != UInt8(ascii: "?") }, as: UTF8.self)
            throw error
        }
    }

    /// `HTTP/` DIGIT `.` DIGIT, in capitals (RFC 9112, section 2.3).
    private static func version(
        _ bytes: UnsafeRawBufferPointer, _ method: Method
    ) throws(RequestError) -> HTTPVersion {
        guard bytes.count == 8, bytes[0] == UInt8(ascii: "H"), bytes[1] == UInt8(ascii: "T"),
            bytes[2] == UInt8(ascii: "T"), bytes[3] == UInt8(ascii: "P"), bytes[4] == UInt8(ascii: "/"),
            Grammar.isDigit(bytes[5]), bytes[6] == UInt8(ascii: "."), Grammar.isDigit(bytes[7])
        else { throw .malformedRequestLine }
        guard bytes[5] == UInt8(ascii: "1") else {
            throw bytes[5] == UInt8(ascii: "2") && method.name == "PRI" ? .http2Preface : .unsupportedVersion
        }
        return bytes[7] == UInt8(ascii: "0") ? .http10 : .http11
    }

    /// One field line without its terminator. The fields that frame the message are told apart by length first.
    mutating func field(_ line: UnsafeRawBufferPointer) throws(RequestError) {
        let field = try FieldLine(line)
        let name = field.nameBytes
        switch name.count {
        case 4 where Grammar.isNamed(name, "host"):
            guard !hasHost else { throw .duplicateHost }
            guard Authority.isValid(field.valueBytes) else { throw .invalidHost }
            hasHost = true
        case 6 where Grammar.isNamed(name, "expect"):
            guard Grammar.isNamed(field.valueBytes, "100-continue") else { throw .unsupportedExpectation }
            expectsContinue = true
        case 10 where Grammar.isNamed(name, "connection"):
            for option in Grammar.listElements(field.value) {
                if Grammar.areEqual(option, "close") { saysClose = true }
                if Grammar.areEqual(option, "keep-alive") { saysKeepAlive = true }
            }
        case 14 where Grammar.isNamed(name, "content-length"):
            guard contentLength == nil else { throw .duplicateContentLength }
            contentLength = try RequestHeadBuilder.contentLength(field.valueBytes)
        case 17 where Grammar.isNamed(name, "transfer-encoding"):
            try addTransferCodings(field.valueBytes)
        default: break
        }
        headers.add(field)
    }

    /// `1*DIGIT`, by hand: no sign, no space, no list (RFC 9112, section 6.3). A number that does not fit is a valid length
    /// of something too large.
    private static func contentLength(_ bytes: UnsafeRawBufferPointer) throws(RequestError) -> Int {
        guard !bytes.isEmpty else { throw .invalidContentLength }
        var length = 0
        for byte in bytes {
            guard Grammar.isDigit(byte) else { throw .invalidContentLength }
            let (product, overflow) = length.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int(byte - 0x30))
            length = overflow || carry ? .max : sum
        }
        return length
    }

    private mutating func addTransferCodings(_ value: UnsafeRawBufferPointer) throws(RequestError) {
        var start = 0
        while start <= value.count {
            let end = ByteScan.firstIndex(of: UInt8(ascii: ","), in: value, from: start) ?? value.count
            let coding = Grammar.trimmed(UnsafeRawBufferPointer(rebasing: value[start..<end]))
            guard Grammar.isToken(coding) else { throw .invalidTransferEncoding }
            transferCodings.append(Grammar.lowercased(String(decoding: coding, as: UTF8.self)))
            start = end + 1
        }
    }

    /// The head, once its empty line has come.
    mutating func finish(limits: ParserLimits) throws(RequestError) -> RequestHead {
        guard hasHost || version == .http10 else { throw .missingHost }
        let framing = try framing()
        if case .length(let length) = framing, length > limits.body { throw .bodyTooLarge(limit: limits.body) }
        guard let method, let target = target.take() else { preconditionFailure("the request line comes first") }
        // RFC 9112, section 9.3.
        let keepsAlive = !saysClose && (version == .http11 || saysKeepAlive)
        return RequestHead(
            method: method, target: target, version: version, headers: headers.take(), framing: framing,
            // A server ignores the expectation of an HTTP/1.0 client (RFC 9110, section 10.1.1).
            expectsContinue: expectsContinue && version == .http11 && framing != .none, keepsAlive: keepsAlive)
    }

    /// RFC 9112, section 6.3. What two readers could read in two ways is refused rather than repaired.
    private func framing() throws(RequestError) -> BodyFraming {
        guard !transferCodings.isEmpty else {
            return contentLength.map { $0 > 0 ? .length($0) : .none } ?? .none
        }
        guard version == .http11 else { throw .transferEncodingInHTTP10 }
        guard contentLength == nil else { throw .contentLengthWithTransferEncoding }
        let isChunkedMisplaced = transferCodings.dropLast().contains("chunked")
        guard !isChunkedMisplaced else { throw .invalidTransferEncoding }
        if let unknown = transferCodings.first(where: { $0 != "chunked" }) {
            throw .unsupportedTransferCoding(name: unknown)
        }
        return .chunked
    }
}
