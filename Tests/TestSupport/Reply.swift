/// One HTTP response as it stood on the wire, and what is wrong with its form.
package struct Reply: Sendable {
    /// 0 where the status line is malformed.
    package private(set) var status = 0
    /// In order, names in lower case.
    package private(set) var fields: [(name: String, value: String)] = []
    package private(set) var body: [UInt8] = []
    package private(set) var faults: [String] = []

    package var text: String { String(decoding: body, as: UTF8.self) }

    /// The fields by their names in lower case; of several of a name the last.
    package var headers: [String: String] {
        Dictionary(fields.map { ($0.name, $0.value) }) { $1 }
    }

    package func values(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    /// Whether it says that the connection ends.
    package var closes: Bool { values("connection").contains { $0.lowercased() == "close" } }

    /// Reads the next answer, whatever its form.
    ///
    /// - Throws: `RawClient.Failure` where the input ends before the end of a head.
    package init(from client: RawClient, toHEAD: Bool) throws {
        while true {
            if let end = Self.headEnd(client.received) {
                readHead(client.received[..<end])
                client.received.removeFirst(end + 4)
                let hasContent = !toHEAD && status >= 200 && status != 204 && status != 304
                if hasContent { readContent(from: client) }
                return
            }
            guard try client.receive() else { throw RawClient.Failure.end(rest: client.received) }
        }
    }

    private static func headEnd(_ bytes: [UInt8]) -> Int? {
        bytes.indices.dropLast(3).first {
            bytes[$0] == 13 && bytes[$0 + 1] == 10 && bytes[$0 + 2] == 13 && bytes[$0 + 3] == 10
        }
    }

    /// `status-line *( field-line CRLF )` (RFC 9112, sections 4 and 5).
    private mutating func readHead(_ head: ArraySlice<UInt8>) {
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
            fields.append((parts[0].lowercased(), String(parts[1].drop { $0 == " " })))
        }
    }

    private mutating func readContent(from client: RawClient) {
        let lengths = values("content-length")
        if let length = lengths.first.flatMap({ Int($0) }), lengths.count == 1 {
            take(length, from: client)
        } else if values("transfer-encoding") == ["chunked"] {
            readChunks(from: client)
        } else {
            faults.append("content without a length")
            try? client.receiveAll()
            take(client.received.count, from: client)
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
                guard (try? client.receive()) == true else { return nil }
            }
        }
        while let text = line(), let size = Int(text, radix: 16) {
            guard take(size, from: client), line() == "" else { break }
            if size == 0 { return }
        }
        faults.append("chunks are malformed")
    }

    /// Moves bytes of the input to the content; false, and a fault, where there are not so many.
    @discardableResult
    private mutating func take(_ count: Int, from client: RawClient) -> Bool {
        while client.received.count < count {
            guard (try? client.receive()) == true else {
                faults.append("content is cut")
                return false
            }
        }
        body += client.received.prefix(count)
        client.received.removeFirst(count)
        return true
    }
}
