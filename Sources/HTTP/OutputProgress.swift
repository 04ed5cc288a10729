/// How the writing of answers comes along: what is not written yet, and by when it must have gone on.
struct OutputProgress: Sendable {
    /// Bytes handed to the transport that it has not written.
    private(set) var unwritten = 0
    /// When there began to be something to write.
    private var start: UInt64 = 0
    /// When the last write made progress, or the start.
    private var lastProgress: UInt64 = 0
    /// What has been written since the start.
    private var written = 0

    /// `count` bytes more are to be written.
    mutating func add(_ count: Int, at now: UInt64) {
        if unwritten == 0 {
            start = now
            lastProgress = now
            written = 0
        }
        unwritten += count
    }

    /// `count` bytes were written.
    mutating func wrote(_ count: Int, at now: UInt64) {
        precondition(count >= 0 && count <= unwritten, "\(count) bytes written of \(unwritten)")
        unwritten -= count
        written += count
        lastProgress = now
    }

    /// When a client that takes nothing, or too little, has had its time; `nil` while there is nothing to write.
    func deadline(_ times: ConnectionTimes) -> UInt64? {
        guard unwritten > 0 else { return nil }
        return min(lastProgress &+ times.write, start &+ times.output(written: written))
    }
}
