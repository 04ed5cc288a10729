import HTTP

/// The origins whose pages may read what the service answers (Cross-Origin Resource Sharing: the Fetch standard, section
/// 3.2).
///
/// Never with credentials: a page shows an API key itself, or has none.
public struct AllowedOrigins: Sendable, Hashable, CustomStringConvertible {
    /// Which origins.
    private enum Kind: Sendable, Hashable {
        case all
        case some(Set<String>)
    }

    /// The most origins.
    static let maximumCount = 256
    /// How long a browser may keep the answer to a preflight, in seconds: the most that Chromium does.
    static let preflightAge = 7200
    /// What pages may send beside what every page may.
    static let requestFields = [
        "Authorization", "Content-Encoding", "Content-Type", APIKeys.field, AnswerField.requestID.rawValue,
        AnswerField.trace.rawValue, AnswerField.traceState.rawValue,
    ]
    /// What pages may read beside what every page may.
    static let exposedFields: [AnswerField] = [.requestID, .serverTiming, .retryAfter]

    private let kind: Kind
    /// As it would be written; `none` for no origin.
    public let description: String

    /// No origin but the service's own.
    public init() {
        kind = .some([])
        description = "none"
    }

    /// Reads origins as browsers send them (`https://app.example`, `http://localhost:3000`), separated by commas; `*` for
    /// every one, `none` for none. Nil where an element is no origin.
    public init?(_ text: String) {
        switch text {
        case AllowedOrigins().description: self = AllowedOrigins()
        case "*":
            kind = .all
            description = text
        default:
            var origins: [String] = []
            for element in text.split(separator: ",", omittingEmptySubsequences: false) {
                guard let origin = Self.origin(element), origins.count < Self.maximumCount else { return nil }
                origins.append(origin)
            }
            kind = .some(Set(origins))
            description = origins.joined(separator: ",")
        }
    }

    /// An origin as browsers write it (RFC 6454, section 6.2): in lower case, without the port that its scheme has anyway.
    private static func origin(_ text: Substring) -> String? {
        var text = text.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        guard text.utf8.count <= 512, let separator = text.firstRange(of: "://") else { return nil }
        let scheme = text[..<separator.lowerBound].lowercased()
        let authority = text[separator.upperBound...].lowercased()
        guard let first = scheme.utf8.first, (0x61...0x7A).contains(first),
            scheme.utf8.allSatisfy({ isAlphanumeric($0) || $0 == 0x2B || $0 == 0x2D || $0 == 0x2E })
        else { return nil }
        var host = authority[...]
        var port: Substring?
        let end = authority.hasPrefix("[") ? authority.firstIndex(of: "]") : authority.startIndex
        guard let end else { return nil }
        if let colon = authority[end...].firstIndex(of: ":") {
            host = authority[..<colon]
            let digits = authority[authority.index(after: colon)...]
            guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                let number = UInt16(digits), number > 0
            else { return nil }
            let isUsual = scheme == "http" && number == 80 || scheme == "https" && number == 443
            port = isUsual ? nil : ":\(number)"
        }
        let name = host.hasPrefix("[") && host.hasSuffix("]") ? host.dropFirst().dropLast() : host
        guard !name.isEmpty,
            name.utf8.allSatisfy({
                isAlphanumeric($0) || $0 == 0x2D || $0 == 0x2E || $0 == 0x5F || name.count < host.count && $0 == 0x3A
            })
        else { return nil }
        return scheme + "://" + host + (port ?? "")
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
    }

    // MARK: Answers

    /// Whether there are any.
    var isEmpty: Bool { kind == .some([]) }

    /// Whether answers differ by the origin of who asked.
    var makesAnswersVary: Bool { if case .some(let origins) = kind { !origins.isEmpty } else { false } }

    /// The value of `Access-Control-Allow-Origin` for a request that came from `origin`; nil where it may not read the
    /// answer.
    func value(for origin: String?) -> String? {
        switch kind {
        case .all: "*"
        case .some(let origins): origin.flatMap { origins.contains($0) ? $0 : nil }
        }
    }

    /// Whether a request is a browser's question whether a page may ask (the Fetch standard, section 4.8), of an origin that
    /// may.
    func permitPreflight(_ head: RequestHead) -> Bool {
        guard !isEmpty, head.method == .options, head.headers.contains("Access-Control-Request-Method"),
            let origin = head.headers["Origin"]
        else { return false }
        return value(for: origin) != nil
    }

    /// The answer to such a question about a path that takes these methods.
    func preflightAnswer(allow: [Method]) -> Response {
        Response(
            status: .noContent,
            headers: [
                AnswerField.allow.rawValue: RouteMatch<ServiceRoute>.field(allow),
                AnswerField.allowedMethods.rawValue: RouteMatch<ServiceRoute>.field(allow),
                AnswerField.allowedFields.rawValue: Self.requestFields.joined(separator: ", "),
                AnswerField.preflightAge.rawValue: String(Self.preflightAge),
            ])
    }
}
