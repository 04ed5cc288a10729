/// Writes the head of a response (RFC 9112, sections 4 to 6) so that no value can break the framing.
public struct ResponseEncoder: Sendable {
    private let server: [UInt8]

    /// `HTTP/1.1 100 Continue`.
    public static let continueResponse = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)

    /// An encoder that names the server; an empty name leaves the field out.
    public init(serverName: String) {
        server = serverName.isEmpty ? [] : Array("Server: \(serverName)\r\n".utf8)
        precondition(
            serverName.utf8.allSatisfy { !Grammar.isControl($0) }, "a server name holds no control characters")
    }

    /// The status line and the fields, with the empty line.
    ///
    /// `Content-Length` is always written where the status allows content, in answer to `HEAD` as well. `Connection` says
    /// `close` where the connection ends, and `keep-alive` to an HTTP/1.0 client where it does not (RFC 9112, section
    /// 9.3). The response's own framing fields are left out, and so is a field whose name is not a token; control
    /// characters in a value, which could start another field or another response, become spaces.
    public func head(
        of response: Response, to version: HTTPVersion, closes: Bool, unixSeconds: Int64
    ) -> [UInt8] {
        // The fixed parts are below 256 bytes: status line 48, Date 37, Content-Length 37, Connection 24, and reasons are short.
        var capacity = 256 + response.status.reason.utf8.count + server.count
        for field in response.headers { capacity += field.name.utf8.count + field.value.utf8.count + 4 }
        return [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            var head = OctetWriter(buffer)
            head.append("HTTP/1.1 ")
            head.append(decimal: response.status.code)
            head.append(" ")
            head.append(response.status.reason)
            head.append("\r\n")
            var hasDate = false
            var hasServer = false
            for field in response.headers {
                switch field.name.utf8.count {
                case 10 where Grammar.areEqual(field.name, "connection"): continue
                case 14 where Grammar.areEqual(field.name, "content-length"): continue
                case 17 where Grammar.areEqual(field.name, "transfer-encoding"): continue
                case 4 where Grammar.areEqual(field.name, "date"): hasDate = true
                case 6 where Grammar.areEqual(field.name, "server"): hasServer = true
                default: break
                }
                append(field, &head)
            }
            if !hasDate {
                head.append("Date: ")
                HTTPDate.append(unixSeconds: unixSeconds, to: &head)
                head.append("\r\n")
            }
            if !hasServer { head.append(server) }
            if response.status.allowsContent {
                head.append("Content-Length: ")
                head.append(decimal: response.body.count)
                head.append("\r\n")
            }
            if closes {
                head.append("Connection: close\r\n")
            } else if version == .http10 {
                head.append("Connection: keep-alive\r\n")
            }
            head.append("\r\n")
            count = head.count
        }
    }

    /// Whether the content follows the head: not in answer to `HEAD`, not with 204 and 304.
    public func writesContent(of response: Response, to method: Method) -> Bool {
        response.status.allowsContent && method != .head && !response.body.isEmpty
    }

    private func append(_ field: HeaderFields.Field, _ head: inout OctetWriter) {
        guard Grammar.isToken(field.name) else { return }
        head.append(field.name)
        head.append(": ")
        let start = head.count
        head.append(field.value)
        head.blankControls(from: start)
        head.append("\r\n")
    }
}
