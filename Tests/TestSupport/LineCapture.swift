import Foundation

/// What a process writes to one of its outputs, line by line as it comes.
///
/// `@unchecked Sendable`: all state is touched with the condition locked.
package final class LineCapture: @unchecked Sendable {
    private let condition = NSCondition()
    private var bytes: [UInt8] = []
    private var lines: [String] = []
    private var lineStart = 0
    private var isAtEnd = false

    /// Reads a descriptor until its end on a thread of its own, then closes it.
    package init(_ descriptor: CInt) {
        Thread.detachNewThread { [self] in
            var chunk = [UInt8](repeating: 0, count: 64 << 10)
            while true {
                let count = read(descriptor, &chunk, chunk.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                add(chunk[..<count])
            }
            close(descriptor)
            condition.withLock {
                isAtEnd = true
                condition.broadcast()
            }
        }
    }

    private func add(_ chunk: ArraySlice<UInt8>) {
        condition.withLock {
            bytes += chunk
            while let end = bytes[lineStart...].firstIndex(of: UInt8(ascii: "\n")) {
                lines.append(String(decoding: bytes[lineStart..<end], as: UTF8.self))
                lineStart = end + 1
            }
            condition.broadcast()
        }
    }

    /// Whole lines that have come.
    package var allLines: [String] { condition.withLock { lines } }

    /// Everything that was written; waits for the end of it.
    package func allBytes() throws -> [UInt8] {
        let end = Patience.end
        return try condition.withLock {
            while !isAtEnd {
                guard condition.wait(until: end) else { throw Unexpected("an output does not end: \(lines.suffix(5))") }
            }
            return bytes
        }
    }

    /// The first result of `match` for a line, of those after `skipped` lines that have come or come yet.
    package func line<Result>(after skipped: Int = 0, _ match: (String) -> Result?) throws -> Result {
        let end = Patience.end
        var next = skipped
        return try condition.withLock {
            while true {
                while next < lines.count {
                    if let result = match(lines[next]) { return result }
                    next += 1
                }
                guard !isAtEnd, condition.wait(until: end) else {
                    throw Unexpected("a line does not come; the last ones: \(lines.suffix(5))")
                }
            }
        }
    }
}
