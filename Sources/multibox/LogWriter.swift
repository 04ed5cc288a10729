import Dispatch
import Foundation
import Synchronization

/// Writes log lines to standard output in the order in which they come, never in the way of who logs: lines wait in
/// memory while the reader is slow, and beyond a bound they are dropped and counted.
final class LogWriter: Sendable {
    /// Bytes that may wait.
    private static let maximumPending = 1 << 20

    private struct State {
        var pending: [UInt8] = []
        var dropped = 0
        var isWriting = false
    }

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "multibox.log")

    /// Writes a line, which ends with a line feed.
    func write(_ line: some Collection<UInt8>) {
        let mustStart = state.withLock { state in
            guard state.pending.count + line.count <= Self.maximumPending else {
                state.dropped += 1
                return false
            }
            state.pending += line
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if mustStart { queue.async { self.drain() } }
    }

    /// Waits until everything was written.
    func flush() { queue.sync {} }

    private func drain() {
        while true {
            let (bytes, dropped) = state.withLock { state in
                defer { (state.pending, state.dropped) = ([], 0) }
                if state.pending.isEmpty { state.isWriting = false }
                return (state.pending, state.dropped)
            }
            if bytes.isEmpty { return }
            if dropped > 0 {
                StandardError.write("multibox: \(dropped) log lines were dropped: their reader is slow\n")
            }
            Self.writeAll(bytes)
        }
    }

    /// A log that cannot be written (a full disk, a closed pipe) does not stop the service; the lines are lost.
    private static func writeAll(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let count = Foundation.write(
                    STDOUT_FILENO, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }
    }
}
