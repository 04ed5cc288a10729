import Foundation

/// How much tests do: `make proof`, or `MULTIBOX_PROOF=1`, runs the long ones in full, everything else in a short form.
public enum Proof {
    /// Whether tests run in full.
    public static let isWanted = ProcessInfo.processInfo.environment["MULTIBOX_PROOF"] == "1"

    /// Whether `make sanitize` runs the tests, whose memory is then not that of the program.
    public static let isSanitized = ProcessInfo.processInfo.environment["ASAN_OPTIONS"] != nil

    /// What the environment variable says, or else the number of the form that is wanted.
    public static func count(_ variable: String, short: Int, long: Int) -> Int {
        ProcessInfo.processInfo.environment[variable].flatMap { Int($0) } ?? (isWanted ? long : short)
    }
}
