import Foundation

/// Progress of a transfer on standard error: a bar on a terminal, a plain line every few seconds elsewhere.
struct TransferProgress {
    private let title: String
    private let start = ContinuousClock.now
    private var lastShown: ContinuousClock.Instant?
    private let isTerminal = StandardError.isTerminal

    /// Columns of a line, and the most and the fewest of its bar.
    private static let columns = 79
    private static let barWidths = 8...24

    /// The transfer of something called so.
    init(title: String) { self.title = title }

    /// Says that so many bytes are there, of `total` if that is known, of which `resumed` were there at the start.
    mutating func update(_ bytes: Int, total: Int?, resumed: Int) {
        let now = ContinuousClock.now
        // The first plain line comes only when it turns out to be long; the last of a terminal in any case.
        let isDue = (lastShown ?? start).duration(to: now) >= (isTerminal ? .milliseconds(100) : .seconds(5))
        guard isDue || isTerminal && (lastShown == nil || bytes == total) else { return }
        lastShown = now
        let rate = Double(bytes - resumed) / max(start.duration(to: now).seconds, 1e-3)
        let line = Self.line(title, bytes, total: total, rate: rate, hasBar: isTerminal)
        if isTerminal { StandardError.rewrite(line) } else { StandardError.write(line + "\n") }
    }

    /// A line about a transfer.
    ///
    /// - Parameter rate: bytes a second.
    static func line(_ title: String, _ bytes: Int, total: Int?, rate: Double, hasBar: Bool) -> String {
        let speed = "\((rate / 1e6).fixed(1)) MB/s"
        let done = (Double(bytes) / 1e6).fixed(1)
        guard let total, total > 0, bytes <= total else { return "\(title) \(done) MB, \(speed)" }
        let left = rate > 0 ? Progress.clock(Double(total - bytes) / rate) : "–"
        let figures = "\(bytes * 100 / total) %, \(done)/\((Double(total) / 1e6).fixed(1)) MB, \(speed), \(left) left"
        guard hasBar else { return "\(title) \(figures)" }
        let room = columns - title.count - figures.count - 4
        let width = min(max(room, barWidths.lowerBound), barWidths.upperBound)
        let filled = width * bytes / total
        let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled)
        return "\(title) [\(bar)] \(figures)"
    }

    /// Takes the line away, so that what follows begins on a clean one.
    func finish() {
        if isTerminal, lastShown != nil { StandardError.rewrite("") }
    }
}
