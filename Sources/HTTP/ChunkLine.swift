/// `chunk-size [ chunk-ext ]`, the line before the data of a chunk (RFC 9112, section 7.1). Extensions are checked and
/// dropped.
struct ChunkLine {
    /// The bytes of data that follow; 0 in the last chunk.
    let size: Int
    /// The bytes of the line that are not the size.
    let extensionBytes: Int

    init(_ line: UnsafeRawBufferPointer) throws(RequestError) {
        var size = 0
        var i = 0
        while i < line.count, let digit = Grammar.hexadecimalValue(line[i]) {
            // Fifteen digits are below 2^60, so nothing overflows; no chunk needs more.
            guard i < 15 else { throw .invalidChunk }
            size = size << 4 | Int(digit)
            i += 1
        }
        guard i > 0 else { throw .invalidChunk }
        self.size = size
        extensionBytes = line.count - i
        try ChunkLine.checkExtensions(line, from: i)
    }

    /// `*( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] )`.
    private static func checkExtensions(_ line: UnsafeRawBufferPointer, from start: Int) throws(RequestError) {
        var i = start
        func skipWhitespace() {
            while i < line.count, Grammar.isWhitespace(line[i]) { i += 1 }
        }
        func skipToken() -> Bool {
            let start = i
            while i < line.count, ByteSet.token.contains(line[i]) { i += 1 }
            return i > start
        }
        func skipQuotedString() -> Bool {
            i += 1
            while i < line.count {
                let byte = line[i]
                i += 1
                if byte == UInt8(ascii: "\"") { return true }
                if Grammar.isControl(byte) { return false }
                if byte == UInt8(ascii: "\\") {
                    guard i < line.count, !Grammar.isControl(line[i]) else { return false }
                    i += 1
                }
            }
            return false
        }
        while i < line.count {
            skipWhitespace()
            guard i < line.count, line[i] == UInt8(ascii: ";") else { throw .invalidChunk }
            i += 1
            skipWhitespace()
            guard skipToken() else { throw .invalidChunk }
            let nameEnd = i
            skipWhitespace()
            guard i < line.count, line[i] == UInt8(ascii: "=") else {
                i = nameEnd
                continue
            }
            i += 1
            skipWhitespace()
            let isQuoted = i < line.count && line[i] == UInt8(ascii: "\"")
            guard isQuoted ? skipQuotedString() : skipToken() else { throw .invalidChunk }
        }
    }
}
