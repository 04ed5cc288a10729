/// Bytes on their way out. How many there are is bounded by the state machine, which stops asking for input while
/// answers are unwritten.
package struct OutputQueue {
    /// Up to this size, bytes join the chunk before them: many small answers become one write.
    private static let joinedSize = 16 << 10

    /// An empty queue.
    package init() {}

    private var chunks: [[UInt8]] = []
    private var first = 0
    /// How much of the first chunk is written.
    private var offset = 0

    /// Whether all is written.
    package var isEmpty: Bool { first == chunks.count }

    /// Appends bytes.
    package mutating func append(_ bytes: [UInt8]) {
        if bytes.isEmpty { return }
        if let last = chunks.indices.last, last >= first, chunks[last].count + bytes.count <= Self.joinedSize {
            chunks[last].append(contentsOf: bytes)
        } else {
            chunks.append(bytes)
        }
    }

    /// Lends the next two runs of bytes, the second one possibly empty. There must be some.
    package func withNext<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(!isEmpty)
        func lend(_ bytes: UnsafeRawBufferPointer) throws(Failure) -> Result {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[offset...])
            guard first + 1 < chunks.count else { return try body(rest, UnsafeRawBufferPointer(start: nil, count: 0)) }
            return try chunks[first + 1].withUnsafeBufferPointer { (second) throws(Failure) in
                try body(rest, UnsafeRawBufferPointer(second))
            }
        }
        return try chunks[first].withUnsafeBufferPointer { (bytes) throws(Failure) in
            try lend(UnsafeRawBufferPointer(bytes))
        }
    }

    /// Lets go of the next `count` bytes.
    package mutating func wrote(_ count: Int) {
        offset += count
        while first < chunks.count, offset >= chunks[first].count {
            offset -= chunks[first].count
            chunks[first] = []
            first += 1
        }
        if isEmpty {
            precondition(offset == 0, "more was written than there was")
            chunks.removeAll(keepingCapacity: true)
            first = 0
        } else if first > 32 {
            chunks.removeSubrange(..<first)
            first = 0
        }
    }
}
