import HTTP
import TestSupport

/// All that a parser says about some input, accepting every request: what the laws compare.
struct ParseOutcome: Equatable {
    var requests: [Request] = []
    var error: RequestError?
    var isBetweenRequests = true

    /// Feeds the pieces one after another.
    init(_ pieces: [ArraySlice<UInt8>], limits: ParserLimits = ParserLimits()) {
        var parser = RequestParser(limits: limits)
        var head: RequestHead?
        do throws(RequestError) {
            for piece in pieces {
                try piece.withUnsafeBufferPointer { (buffer) throws(RequestError) in
                    var input = UnsafeRawBufferPointer(buffer)
                    parsing: while true {
                        switch try parser.parse(&input) {
                        case .needsInput:
                            break parsing
                        case .head(let parsed):
                            head = parsed
                            try parser.acceptBody()
                        case .body(let body):
                            if let head { requests.append(Request(head: head, body: body)) }
                        }
                    }
                }
            }
        } catch {
            self.error = error
        }
        isBetweenRequests = parser.isBetweenRequests
    }

    /// Feeds the text whole.
    init(_ text: String, limits: ParserLimits = ParserLimits()) {
        self.init([Array(text.utf8)[...]], limits: limits)
    }

    /// One byte at a time.
    static func byteByByte(_ bytes: [UInt8], limits: ParserLimits = ParserLimits()) -> ParseOutcome {
        ParseOutcome(bytes.indices.map { bytes[$0...$0] }, limits: limits)
    }

    /// Torn at random places.
    static func torn(_ bytes: [UInt8], seed: UInt64, limits: ParserLimits = ParserLimits()) -> ParseOutcome {
        var generator = SeededGenerator(seed: seed)
        var pieces: [ArraySlice<UInt8>] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + Int.random(in: 1...max(1, bytes.count / 3), using: &generator))
            pieces.append(bytes[start..<end])
            start = end
        }
        return ParseOutcome(pieces, limits: limits)
    }
}
