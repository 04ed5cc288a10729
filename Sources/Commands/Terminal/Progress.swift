import Foundation

/// Progress of long work on standard error: one line that rewrites itself on a terminal, a plain line every few seconds
/// elsewhere.
struct Progress {
    private let title: String
    private let total: Int
    private let start = ContinuousClock.now
    private var lastShown: ContinuousClock.Instant?
    private let isTerminal = StandardError.isTerminal
    private let isEnabled: Bool

    /// Work of `total` parts; work of one part is not worth a line.
    init(title: String, total: Int) {
        self.title = title
        self.total = total
        isEnabled = total > 1
    }

    /// Says that `done` parts are done.
    mutating func update(done: Int) {
        guard isEnabled else { return }
        let now = ContinuousClock.now
        let interval: Duration = isTerminal ? .milliseconds(100) : .seconds(5)
        // The first plain line comes only when the work turns out to be long.
        if (lastShown ?? start).duration(to: now) < interval { return }
        lastShown = now
        let elapsed = start.duration(to: now).seconds
        let rate = Double(done) / elapsed
        let remaining = rate > 0 ? Double(total - done) / rate : 0
        let line =
            "\(title) \(done)/\(total) (\(done * 100 / total) %), \(rate.fixed(1))/s, \(Self.clock(remaining)) left"
        if isTerminal { StandardError.rewrite(line) } else { StandardError.write(line + "\n") }
    }

    /// Takes the line away, so that what follows begins on a clean one.
    func finish() {
        if isEnabled, isTerminal, lastShown != nil { StandardError.rewrite("") }
    }

    /// A time for a person: minutes and seconds, or hours and minutes.
    static func clock(_ seconds: Double) -> String {
        let seconds = Int(min(seconds, 359_999))
        let minutes = seconds / 60
        return minutes < 60
            ? "\(minutes):\(twoDigits(seconds % 60))" : "\(minutes / 60) h \(twoDigits(minutes % 60)) min"
    }

    private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
