/// Writes the head of a response (RFC 9112, sections 4 to 6) so that no value can break the framing.
public struct ResponseEncoder: Sendable {
    private let server: [UInt8]
    /// The `Date` of the last head, and its second: there are many answers a second.
    private var date = HTTPDate.octets(unixSeconds: 0)
    private var dateSeconds: Int64 = 0

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
    public mutating func head(
        of response: Response, to version: HTTPVersion, closes: Bool, unixSeconds: Int64
    ) -> [UInt8] {
        // The fixed parts are below 256 bytes: status line 48, Date 37, Content-Length 37, Connection 24, and reasons are short.
        if unixSeconds != dateSeconds {
            date = HTTPDate.octets(unixSeconds: unixSeconds)
            dateSeconds = unixSeconds
        }
        let fields = response.headers
        let capacity = 256 + response.status.reason.utf8.count + server.count + fields.octets.count
        return [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            var head = OctetWriter(buffer)
            head.append("HTTP/1.1 ")
            head.append(decimal: response.status.code)
            head.append(" ")
            head.append(response.status.reason)
            head.append("\r\n")
            var hasDate = false
            var hasServer = false
            fields.octets.withUnsafeBytes { octets in
                for line in fields.lines where line.hasValidName {
                    let name = UnsafeRawBufferPointer(rebasing: octets[line.name])
                    switch name.count {
                    case 10 where Grammar.isNamed(name, "connection"): continue
                    case 14 where Grammar.isNamed(name, "content-length"): continue
                    case 17 where Grammar.isNamed(name, "transfer-encoding"): continue
                    case 4 where Grammar.isNamed(name, "date"): hasDate = true
                    case 6 where Grammar.isNamed(name, "server"): hasServer = true
                    default: break
                    }
                    let start = head.count
                    head.append(UnsafeRawBufferPointer(rebasing: octets[line.start..<(line.end - 2)]))
                    if !line.hasValidValue { head.blankControls(from: start) }
                    head.append("\r\n")
                }
            }
            if !hasDate {
                head.append("Date: ")
                head.append(date)
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
}
