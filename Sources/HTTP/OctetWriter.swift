/// Writes octets into memory that was sized for them: a head is a few dozen short pieces, and to append each to an array
/// costs more than to copy it.
package struct OctetWriter {
    private let buffer: UnsafeMutableBufferPointer<UInt8>
    /// The octets written.
    package private(set) var count = 0

    /// A writer to memory that need not be initialized.
    package init(_ buffer: UnsafeMutableBufferPointer<UInt8>) { self.buffer = buffer }

    package mutating func append(_ octet: UInt8) {
        precondition(count < buffer.count, "the memory was sized for less")
        buffer.initializeElement(at: count, to: octet)
        count += 1
    }

    mutating func append(_ octets: UnsafeRawBufferPointer) {
        guard let source = octets.baseAddress, let target = buffer.baseAddress else { return }
        precondition(octets.count <= buffer.count - count, "the memory was sized for less")
        UnsafeMutableRawPointer(target + count).copyMemory(from: source, byteCount: octets.count)
        count += octets.count
    }

    package mutating func append(_ text: StaticString) {
        append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func append(_ octets: [UInt8]) { octets.withUnsafeBytes { append($0) } }

    mutating func append(_ text: String) {
        let isWritten: Void? = text.utf8.withContiguousStorageIfAvailable { append(UnsafeRawBufferPointer($0)) }
        if isWritten == nil { for octet in text.utf8 { append(octet) } }
    }

    /// A number of at least 0 in decimal digits.
    package mutating func append(decimal number: Int) {
        let start = count
        var rest = number
        repeat {
            append(0x30 + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        buffer[start..<count].reverse()
    }

    /// Makes spaces of the control characters from an index on.
    mutating func blankControls(from start: Int) {
        for index in start..<count where Grammar.isControl(buffer[index]) { buffer[index] = 0x20 }
    }
}
