/// A request that this program makes itself.
public struct ClientRequest: Sendable {
    /// Its method.
    public var method: Method
    /// Its target: a path, with a query where there is one.
    public var target: String
    /// Its header fields, without those that frame it.
    public var headers: HeaderFields
    /// Its content.
    public var body: [UInt8]

    /// A request from its parts.
    public init(_ method: Method, _ target: String, headers: HeaderFields = HeaderFields(), body: [UInt8] = []) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
    }

    /// What precedes the content on the wire (RFC 9112, section 3); nil where the target or a field holds what would break
    /// the framing.
    public func head() -> [UInt8]? {
        guard target.utf8.first == UInt8(ascii: "/"), target.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            headers.lines.allSatisfy({ $0.hasValidName && $0.hasValidValue })
        else { return nil }
        var head = Array("\(method.name) \(target) HTTP/1.1\r\n".utf8)
        head += headers.octets
        if !body.isEmpty || method == .post { head += Array("Content-Length: \(body.count)\r\n".utf8) }
        return head + [0x0D, 0x0A]
    }
}
