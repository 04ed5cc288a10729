import Foundation
import MultiBox

/// Standard error: errors, warnings and progress. Results go to standard output.
enum StandardError {
    /// Whether a person watches.
    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// What makes a terminal forget the line that the cursor is on.
    private static let cleared = "\r\u{1B}[K"

    /// Writes lines of text. What they quote of files and names cannot act on a terminal.
    static func write(_ text: String) { send(text.printableLines) }

    /// Writes a line in place of the one that the cursor is on: for terminals.
    static func rewrite(_ line: String) { send(cleared + line.printableLines) }

    private static func send(_ text: String) {
        // Nowhere is left to report that this failed.
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }
}
