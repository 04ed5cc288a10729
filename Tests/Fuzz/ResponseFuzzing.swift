import HTTP

/// Laws of the parser of responses.
enum ResponseFuzzing {
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

    /// The response or the error, in words. Whether something follows the response is seen in some pieces and not in others.
    private static func outcome(_ bytes: [UInt8], chunk: Int) -> String {
        var parser = ResponseParser(limits: limits)
        var start = 0
        func words(_ response: ReceivedResponse) -> String {
            precondition(response.body.count <= limits.body, "the content is over its limit")
            precondition(response.status.code >= 200, "an interim response is not the last")
            return "\(response.status) \(Array(response.headers)) \(response.body)"
        }
        do throws(ResponseError) {
            while start < bytes.count {
                let end = min(start + max(chunk, 1), bytes.count)
                let piece = Array(bytes[start..<end])
                let response = try piece.withUnsafeBufferPointer { (buffer) throws(ResponseError) in
                    try parser.receive(UnsafeRawBufferPointer(buffer))
                }
                if let response { return words(response) }
                start = end
            }
            return words(try parser.endOfInput())
        } catch { return "\(error)" }
    }
}
