/// One answer as it stood on the wire, and what is wrong with its form.
struct ReceivedAnswer {
    var status = 0
    /// In order, names in lower case.
    var fields: [(name: String, value: String)] = []
    var content: [UInt8] = []
    var faults: [String] = []

    func values(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    /// Whether it says that the connection ends.
    var closes: Bool { values("connection").contains { $0.lowercased() == "close" } }

    /// Reads the next answer; the way the input ended where there is none.
    static func read(from client: RawClient, isToHead: Bool) -> Result<ReceivedAnswer, Missing> {
        while true {
            if let end = headEnd(client.received) {
                var answer = ReceivedAnswer(head: Array(client.received[..<end]))
                client.received.removeFirst(end + 4)
                let hasContent = !isToHead && answer.status >= 200 && answer.status != 204 && answer.status != 304
                if hasContent { answer.readContent(from: client) }
                return .success(answer)
            }
            switch client.receive() {
            case .bytes: continue
            case .end: return .failure(.end(rest: client.received))
            case .reset: return .failure(.reset)
            case .silence: return .failure(.silence)
            }
        }
    }

    /// Why there is no answer.
    enum Missing: Error {
        case end(rest: [UInt8])
        case reset
        case silence
    }

    /// `status-line *( field-line CRLF )` (RFC 9112, sections 4 and 5).
    private init(head: [UInt8]) {
        var lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: false)
        let start = lines.removeFirst()
        let words = start.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        if words.count == 3, words[0] == "HTTP/1.1", words[1].utf8.count == 3, let code = Int(words[1]) {
            status = code
        } else {
            faults.append("status line \(start)")
        }
        for line in lines {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let isToken = parts[0].utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ",") }
            guard parts.count == 2, !parts[0].isEmpty, isToken, parts[1].utf8.allSatisfy({ $0 >= 0x20 || $0 == 9 })
            else {
                faults.append("field line \(line)")
                continue
            }
            let value = parts[1].drop { $0 == " " }
            fields.append((parts[0].lowercased(), String(value)))
        }
        if status >= 200 {
            let dates = values("date")
            if dates.count != 1 || dates[0].utf8.count != 29 || !dates[0].hasSuffix(" GMT") { faults.append("no Date") }
            if values("server").count > 1 { faults.append("two Server fields") }
        }
    }

    private mutating func readContent(from client: RawClient) {
        let lengths = values("content-length")
        if let length = lengths.first.flatMap({ Int($0) }), lengths.count == 1 {
            while client.received.count < length {
                guard case .bytes = client.receive() else { return faults.append("content is cut") }
            }
            content = Array(client.received.prefix(length))
            client.received.removeFirst(length)
        } else if values("transfer-encoding") == ["chunked"] {
            readChunks(from: client)
        } else {
            faults.append("content without a length")
            while case .bytes = client.receive() {}
            content = client.received
            client.received = []
        }
    }

    /// Chunks without extensions and trailers, as servers write them.
    private mutating func readChunks(from client: RawClient) {
        func line() -> String? {
            while true {
                if let end = client.received.firstIndex(of: 10) {
                    let text = String(decoding: client.received[..<end], as: UTF8.self)
                    client.received.removeFirst(end + 1)
                    return String(text.dropLast())
                }
                guard case .bytes = client.receive() else { return nil }
            }
        }
        while let text = line(), let size = Int(text, radix: 16) {
            while client.received.count < size + 2 {
                guard case .bytes = client.receive() else { return faults.append("content is cut") }
            }
            content += client.received.prefix(size)
            client.received.removeFirst(size + 2)
            if size == 0 { return }
        }
        faults.append("chunks are malformed")
    }

    private static func headEnd(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        var i = 0
        while i + 4 <= bytes.count {
            if bytes[i] == 13, bytes[i + 1] == 10, bytes[i + 2] == 13, bytes[i + 3] == 10 { return i }
            i += 1
        }
        return nil
    }
}
