import Dispatch
import Foundation
import Synchronization

/// Writes log lines to standard output in the order in which they come, never in the way of who logs: lines wait in
/// memory while the reader is slow. Beyond a bound, or when they cannot be written (a full disk, a closed pipe), they are
/// lost and counted, and the log says so itself as soon as it can.
///
/// Invariants: one thread at a time writes, that of `queue`, and it alone changes `loss`.
final class LogWriter: Sendable {
    /// Lines that are missing from the log.
    struct Loss: Sendable {
        let lines: Int
        let reason: String
        /// Whether the log ends in the middle of a line.
        var cutsLine = false
    }

    /// Bytes that may wait.
    private static let maximumPending = 1 << 20
    /// The longest wait for what is being written when the process ends.
    private static let patience = DispatchTimeInterval.seconds(2)

    private struct State {
        var pending: [UInt8] = []
        /// Lines that found no room since `pending` was last taken.
        var overflow = 0
        var isWriting = false
        /// What could not be written and has not been told of.
        var loss: Loss?
        /// Lines lost since the start.
        var lost = 0
    }

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "multibox.log")
    /// The line that tells of a loss.
    private let report: @Sendable (Loss) -> [UInt8]

    init(report: @escaping @Sendable (Loss) -> [UInt8]) { self.report = report }

    /// Lines lost since the start.
    var lostLines: Int { state.withLock { $0.lost } }

    /// Writes a line, which ends with a line feed.
    func write(_ line: some Collection<UInt8>) {
        let mustStart = state.withLock { state in
            guard state.pending.count + line.count <= Self.maximumPending else {
                state.overflow += 1
                state.lost += 1
                return false
            }
            state.pending += line
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if mustStart { queue.async { self.drain() } }
    }

    /// Waits until everything was written, unless the reader takes nothing.
    func flush() {
        let isDone = DispatchSemaphore(value: 0)
        queue.async { isDone.signal() }
        _ = isDone.wait(timeout: .now() + Self.patience)
    }

    private func drain() {
        while true {
            let (bytes, overflow) = state.withLock { state in
                defer { (state.pending, state.overflow) = ([], 0) }
                if state.pending.isEmpty { state.isWriting = false }
                return (state.pending, state.overflow)
            }
            if bytes.isEmpty { return }
            // What failed is told before what comes next, what found no room after what did.
            if let errno = tellLoss() {
                lose(Self.lines(bytes[...]), overflow: overflow, errno, cutsLine: false)
            } else if let failure = Self.write(bytes) {
                let cutsLine = bytes[..<failure.written].last.map { $0 != UInt8(ascii: "\n") } ?? false
                lose(Self.lines(bytes[failure.written...]), overflow: overflow, failure.errno, cutsLine: cutsLine)
            } else if overflow > 0 {
                state.withLock { $0.loss = Loss(lines: overflow, reason: "their reader is slow") }
                _ = tellLoss()
            }
        }
    }

    /// Tells of what was lost, if that was not told yet; the error number if the log still cannot be written.
    private func tellLoss() -> CInt? {
        guard let loss = state.withLock({ $0.loss }) else { return nil }
        let line = (loss.cutsLine ? [UInt8(ascii: "\n")] : []) + report(loss)
        if let failure = Self.write(line) { return failure.errno }
        state.withLock { $0.loss = nil }
        return nil
    }

    /// Notes lines that could not be written, and those that found no room meanwhile.
    private func lose(_ lines: Int, overflow: Int, _ errno: CInt, cutsLine: Bool) {
        let reason = Self.reason(errno)
        let isNew = state.withLock { state in
            state.lost += lines
            let earlier = state.loss
            state.loss = Loss(
                lines: (earlier?.lines ?? 0) + lines + overflow, reason: earlier?.reason ?? reason,
                cutsLine: earlier?.cutsLine ?? cutsLine)
            return earlier == nil
        }
        if isNew { StandardError.write("multibox: the log cannot be written: \(reason)\n") }
    }

    /// What an error number means for standard output.
    private static func reason(_ errno: CInt) -> String {
        let text = String(cString: strerror(errno))
        return switch errno {
        case EPIPE: "its reader has gone (\(text))"
        case EBADF: "standard output is closed (\(text))"
        default: text
        }
    }

    private static func lines(_ bytes: ArraySlice<UInt8>) -> Int { bytes.count { $0 == UInt8(ascii: "\n") } }

    /// Writes bytes; nil if all of them were, otherwise how many and why no more.
    private static func write(_ bytes: [UInt8]) -> (written: Int, errno: CInt)? {
        bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let rest = UnsafeRawBufferPointer(rebasing: buffer[written...])
                let count = Foundation.write(STDOUT_FILENO, rest.baseAddress, rest.count)
                if count >= 0 {
                    written += count
                } else if errno == EAGAIN {
                    // Somebody else who has this pipe made it non-blocking.
                    var poll = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
                    _ = Foundation.poll(&poll, 1, -1)
                } else if errno != EINTR {
                    return (written, errno)
                }
            }
            return nil
        }
    }
}
