/// A request method (RFC 9110, section 9): a case-sensitive token.
public struct Method: Hashable, Sendable, CustomStringConvertible {
    /// The token as it stands in the request line.
    public let name: String

    /// A method of any name; `nil` where `name` is not a token.
    public init?(_ name: String) {
        guard Grammar.isToken(name) else { return nil }
        self.name = name
    }

    init(validated name: String) { self.name = name }

    /// `GET`.
    public static var get: Method { Method(validated: "GET") }
    /// `HEAD`.
    public static var head: Method { Method(validated: "HEAD") }
    /// `POST`.
    public static var post: Method { Method(validated: "POST") }
    /// `PUT`.
    public static var put: Method { Method(validated: "PUT") }
    /// `DELETE`.
    public static var delete: Method { Method(validated: "DELETE") }
    /// `PATCH` (RFC 5789).
    public static var patch: Method { Method(validated: "PATCH") }
    /// `OPTIONS`.
    public static var options: Method { Method(validated: "OPTIONS") }
    /// `TRACE`.
    public static var trace: Method { Method(validated: "TRACE") }
    /// `CONNECT`.
    public static var connect: Method { Method(validated: "CONNECT") }

    /// The methods of RFC 9110 and RFC 5789. A server answers 405 to one of these that a resource does not take, and
    /// 501 to any other.
    public static let known: [Method] = [.get, .head, .post, .put, .delete, .patch, .options, .trace, .connect]

    /// Whether the method is one of ``known``.
    public var isKnown: Bool { Method.known.contains(self) }

    /// The token.
    public var description: String { name }
}
