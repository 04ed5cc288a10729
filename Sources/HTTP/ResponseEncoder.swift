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
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        append("HTTP/1.1 ", &bytes)
        append(response.status.code, &bytes)
        bytes.append(0x20)
        bytes.append(contentsOf: response.status.reason.utf8)
        append("\r\n", &bytes)
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
            append(field, &bytes)
        }
        if !hasDate {
            append("Date: ", &bytes)
            HTTPDate.append(unixSeconds: unixSeconds, to: &bytes)
            append("\r\n", &bytes)
        }
        if !hasServer { bytes.append(contentsOf: server) }
        if response.status.allowsContent {
            append("Content-Length: ", &bytes)
            append(response.body.count, &bytes)
            append("\r\n", &bytes)
        }
        if closes {
            append("Connection: close\r\n", &bytes)
        } else if version == .http10 {
            append("Connection: keep-alive\r\n", &bytes)
        }
        append("\r\n", &bytes)
        return bytes
    }

    /// Whether the content follows the head: not in answer to `HEAD`, not with 204 and 304.
    public func writesContent(of response: Response, to method: Method) -> Bool {
        response.status.allowsContent && method != .head && !response.body.isEmpty
    }

    private func append(_ field: HeaderFields.Field, _ bytes: inout [UInt8]) {
        guard Grammar.isToken(field.name) else { return }
        bytes.append(contentsOf: field.name.utf8)
        append(": ", &bytes)
        let start = bytes.count
        bytes.append(contentsOf: field.value.utf8)
        for i in start..<bytes.count where Grammar.isControl(bytes[i]) { bytes[i] = 0x20 }
        append("\r\n", &bytes)
    }

    private func append(_ text: StaticString, _ bytes: inout [UInt8]) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private func append(_ number: Int, _ bytes: inout [UInt8]) {
        let start = bytes.count
        var rest = number
        repeat {
            bytes.append(0x30 + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }
}
