import HTTP

/// Laws of the request parser.
enum ParserFuzzing {
    /// Small, so that each is reached by a short input.
    private static let limits: ParserLimits = {
        var limits = ParserLimits()
        limits.requestLine = 128
        limits.headerSection = 256
        limits.fieldCount = 8
        limits.body = 128
        limits.chunkLine = 32
        limits.chunkExtensions = 48
        return limits
    }()

    static func run(_ bytes: [UInt8]) {
        let whole = outcome(bytes, chunk: bytes.count)
        for chunk in [1, 3, 7] where chunk < bytes.count {
            precondition(outcome(bytes, chunk: chunk) == whole, "pieces of \(chunk) bytes differ from the whole")
        }
    }

    /// The requests and the error, in words.
    private static func outcome(_ bytes: [UInt8], chunk: Int) -> [String] {
        var parser = RequestParser(limits: limits)
        var words: [String] = []
        var start = 0
        while start < bytes.count {
            let end = min(start + max(chunk, 1), bytes.count)
            let isFine = bytes[start..<end].withUnsafeBytes { buffer in
                var input = UnsafeRawBufferPointer(rebasing: buffer[...])
                do throws(RequestError) {
                    while true {
                        switch try parser.parse(&input) {
                        case .needsInput:
                            precondition(input.isEmpty, "input was left")
                            return true
                        case .head(let head):
                            words.append("\(head.method) \(head.target.raw) \(head.framing) \(Array(head.headers))")
                            precondition(head.path.utf8.first == UInt8(ascii: "/") || head.path == "*")
                            try parser.acceptBody()
                        case .body(let body):
                            precondition(body.count <= limits.body, "the content is over its limit")
                            words.append("\(body)")
                        }
                    }
                } catch {
                    words.append("\(error)")
                    precondition(error.status.code >= 400)
                    return false
                }
            }
            if !isFine { return words }
            start = end
        }
        return words
    }
}
