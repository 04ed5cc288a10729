/// One field line, checked (RFC 9112, section 5).
struct FieldLine {
    let nameBytes: UnsafeRawBufferPointer
    let valueBytes: UnsafeRawBufferPointer

    /// Parses a line without its terminator; the bytes must outlive the value.
    init(_ line: UnsafeRawBufferPointer) throws(RequestError) {
        guard let first = line.first, !Grammar.isWhitespace(first) else { throw .obsoleteLineFolding }
        var colon = 0
        while colon < line.count, ByteSet.token.contains(line[colon]) { colon += 1 }
        // White space before the colon ends the name too: it is how requests are smuggled (RFC 9112, section 5.1).
        guard colon > 0, colon < line.count, line[colon] == UInt8(ascii: ":") else { throw .invalidFieldName }
        nameBytes = UnsafeRawBufferPointer(rebasing: line[..<colon])
        valueBytes = Grammar.trimmed(UnsafeRawBufferPointer(rebasing: line[(colon + 1)...]))
        guard Grammar.isFieldValue(valueBytes) else { throw .invalidFieldValue(name: name) }
    }

    var name: String { String(decoding: nameBytes, as: UTF8.self) }
    var value: String { String(decoding: valueBytes, as: UTF8.self) }
}
