import Foundation

/// Standard error: errors, warnings and progress. Results go to standard output.
enum StandardError {
    /// Whether a person watches.
    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    static func write(_ text: String) {
        // Nowhere is left to report that this failed.
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }
}
