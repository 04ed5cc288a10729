/// A request method (RFC 9110, section 9): a case-sensitive token.
public struct Method: Hashable, Sendable, CustomStringConvertible {
    private enum Token: Hashable, Sendable {
        case get, head, post, put, delete, patch, options, trace, connect
        case other(String)
    }

    private let token: Token

    private init(_ token: Token) { self.token = token }

    /// A method of any name; `nil` where `name` is not a token.
    public init?(_ name: String) {
        guard Grammar.isToken(name) else { return nil }
        self = Method.known.first { $0.name == name } ?? Method(.other(name))
    }

    /// The method of a token.
    init(token: UnsafeRawBufferPointer) {
        func isSpelled(_ name: StaticString) -> Bool {
            guard token.count == name.utf8CodeUnitCount else { return false }
            for index in 0..<token.count where token[index] != name.utf8Start[index] { return false }
            return true
        }
        switch token.count {
        case 3 where isSpelled("GET"): self.init(.get)
        case 3 where isSpelled("PUT"): self.init(.put)
        case 4 where isSpelled("HEAD"): self.init(.head)
        case 4 where isSpelled("POST"): self.init(.post)
        case 5 where isSpelled("PATCH"): self.init(.patch)
        case 5 where isSpelled("TRACE"): self.init(.trace)
        case 6 where isSpelled("DELETE"): self.init(.delete)
        case 7 where isSpelled("OPTIONS"): self.init(.options)
        case 7 where isSpelled("CONNECT"): self.init(.connect)
        default: self.init(.other(String(decoding: token, as: UTF8.self)))
        }
    }

    /// `GET`.
    public static var get: Method { Method(.get) }
    /// `HEAD`.
    public static var head: Method { Method(.head) }
    /// `POST`.
    public static var post: Method { Method(.post) }
    /// `PUT`.
    public static var put: Method { Method(.put) }
    /// `DELETE`.
    public static var delete: Method { Method(.delete) }
    /// `PATCH` (RFC 5789).
    public static var patch: Method { Method(.patch) }
    /// `OPTIONS`.
    public static var options: Method { Method(.options) }
    /// `TRACE`.
    public static var trace: Method { Method(.trace) }
    /// `CONNECT`.
    public static var connect: Method { Method(.connect) }

    /// The methods of RFC 9110 and RFC 5789. A server answers 405 to one of these that a resource does not take, and
    /// 501 to any other.
    public static let known: [Method] = [.get, .head, .post, .put, .delete, .patch, .options, .trace, .connect]

    /// Whether the method is one of ``known``.
    public var isKnown: Bool {
        if case .other = token { false } else { true }
    }

    /// The token as it stands in the request line.
    public var name: String {
        switch token {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        case .patch: "PATCH"
        case .options: "OPTIONS"
        case .trace: "TRACE"
        case .connect: "CONNECT"
        case .other(let name): name
        }
    }

    /// The token.
    public var description: String { name }
}
